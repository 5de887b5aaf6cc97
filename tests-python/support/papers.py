"""The same lines as a file of each format, made by hand: as small as the format allows."""
import email.message
import io
import zipfile


def pdf(lines):
    """One page with a text layer."""
    shown = "\n".join(f"1 0 0 1 60 {780 - 24 * row} Tm {_string(line)} Tj" for row, line in enumerate(lines))
    content = f"BT /F1 12 Tf\n{shown}\nET".encode("cp1252")
    return _pdf(content, [])


def form(lines):
    """One page of questions, and their answers as values of form fields beside them; a line without a colon is text."""
    shown, fields = [], []
    for row, line in enumerate(lines):
        question, colon, value = line.partition(": ")
        height = 780 - 24 * row
        shown.append(f"1 0 0 1 60 {height} Tm {_string(question + colon.rstrip())} Tj")
        if colon:
            box = f"/Rect [240 {height - 4} 520 {height + 14}] /DA (/F1 11 Tf 0 g)"
            fields.append(f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (f{row}) /V {_string(value)} {box} /P 3 0 R >>".encode("cp1252"))
    return _pdf(("BT /F1 12 Tf\n" + "\n".join(shown) + "\nET").encode("cp1252"), fields)


def docx(lines):
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return _zip({"[Content_Types].xml": types, "word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>"})


def odt(lines):
    body = "".join(f"<text:p>{line}</text:p>" for line in lines)
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text"))
    content = f"<office:document-content{spaces}><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    return _zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def rtf(lines):
    def escaped(line):
        return "".join(letter if ord(letter) < 128 else f"\\'{letter.encode('cp1252').hex()}" for letter in line)

    return ("{\\rtf1\\ansi\\ansicpg1252 " + "".join(f"{escaped(line)}\\par\n" for line in lines) + "}").encode("ascii")


def html(lines):
    rows = "".join(f"<p>{line}</p>" for line in lines)
    return f'<html><head><meta charset="utf-8"></head><body>{rows}</body></html>'.encode()


def mail(lines, attached):
    """A message with the lines as its text, and files by name."""
    message = email.message.EmailMessage()
    message["Subject"], message["From"] = "Antrag", "a@example.org"
    message.set_content("\n".join(lines) + "\n")
    for name, data in attached.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def archive(files):
    return _zip(files)


def _zip(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for name, content in files.items():
            written.writestr(name, content)
    return packed.getvalue()


def _string(text):
    return "(" + text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") + ")"


def _pdf(content, fields):
    """A file of one page: catalogue, pages, page, font, content, then one object for each field."""
    references = " ".join(f"{6 + number} 0 R" for number in range(len(fields)))
    font = "<< /F1 4 0 R >>"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{references}] /DR << /Font {font} >> >> >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [{references}] /Contents 5 0 R /Resources << /Font {font} >> >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *fields,
    ]
    written, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(written)
