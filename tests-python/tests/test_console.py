"""The console as a browser sees it, without one."""
import html
import http.client
import re
import ssl
import unittest
import urllib.parse

from support.appliance import Appliance, records, size, until
from support.environment import contract

PAGES = ("/", "/departments", "/models", "/oversight", "/corpus", "/corpus/uses", "/corpus/news")


class Browser:
    """Keeps cookies, follows nothing."""

    def __init__(self, address, ca):
        self.address, self.context, self.cookies = address, ssl.create_default_context(cafile=ca), {}

    def ask(self, method, path, form=None):
        connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=15)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode("utf-8")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
            answer.cookie = cookie
        connection.close()
        return answer

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, **form):
        return self.ask("POST", path, form)


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.editor = cls.appliance.department("erlasse", "corpus_editor")
        cls.ca = cls.department.folder / "ca.pem"

    def browser(self):
        return Browser(self.appliance.console, self.ca)

    def word(self, *roles):
        words = [word for role in roles for word in ("--role", role)]
        link = self.appliance.command("sign-in", *words).stdout.strip()
        self.assertTrue(link.startswith(f"https://{self.appliance.console}/sign-in?word="), link)
        return link.partition("word=")[2]

    def signed_in(self, *roles):
        browser = self.browser()
        answer = browser.post("/sign-in", word=self.word(*roles))
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "/"))
        return browser

    def test_nobody_sees_a_page_before_signing_in(self):
        for path in (*PAGES, "/audit", "/load", "/corpus/decree?id=x", "/corpus/compare?id=x&from=y&to=z"):
            with self.subTest(path):
                answer = self.browser().get(path)
                self.assertEqual((answer.status, answer.headers["Location"]), (303, "/sign-in"))

    def test_a_word_signs_in_once(self):
        word = self.word()
        browser = self.browser()
        # A look at the link, as a mail program takes it, uses nothing up.
        for _ in range(2):
            page = browser.get(f"/sign-in?word={word}")
            self.assertEqual(page.status, 200)
            self.assertIn(word, page.text)
        self.assertEqual(browser.get("/").status, 303)
        answer = browser.post("/sign-in", word=word)
        self.assertEqual(answer.status, 303)
        for flag in ("__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(flag, answer.cookie)
        self.assertEqual(browser.get("/").status, 200)
        first = size(self.auditor)
        again = self.browser().post("/sign-in", word=word)
        self.assertEqual(again.status, 403)
        self.assertIn("amtshilfe sign-in", again.text)
        found = records(self.auditor, first=first, method="console/sign-in")
        self.assertEqual([record.outcome for record in found], ["UNAUTHENTICATED"])
        self.assertNotIn(word.encode(), found[0].leaf)

    def test_every_page_in_german_and_in_english(self):
        browser = self.signed_in()
        german = {path: browser.get(path) for path in (*PAGES, "/audit")}
        answer = browser.post("/language", to="en", back="/models")
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "/models"))
        for path, page in german.items():
            with self.subTest(path):
                other = browser.get(path)
                self.assertEqual((page.status, other.status), (200, 200))
                self.assertIn('lang="de"', page.text)
                self.assertIn('lang="en"', other.text)
                headings = [re.search(r"<h1>(.*?)</h1>", text)[1] for text in (page.text, other.text)]
                self.assertNotEqual(*headings)
                self.assertNotIn("http://", page.text.replace("http://www.w3.org/", ""), "nothing from elsewhere")
        evil = browser.post("/language", to="de", back="//anderswo.example/")
        self.assertEqual(evil.headers["Location"], "/")

    def test_pages_show_what_is(self):
        pb = contract().decrees
        text = "# Dienstanweisung Sonnenuhr <b>fett</b>\n\n1 Gegenstand\n1.1 Die Sonnenuhr geht nach <script>alert(1)</script> Sonnenzeit.\n"
        request = pb.ImportDecreesRequest(file={"filename": "uhr.txt", "text": text}, metadata={"decree_id": "uhr/1 & 2"})
        list(self.editor.decrees.ImportDecrees(iter([request]), timeout=20))
        model = self.department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=10).models[0]
        browser = self.signed_in()
        # The policy file is looked at once a second.
        self.assertTrue(until(lambda: "auslaenderamt" in browser.get("/departments").text))
        models = browser.get("/models").text
        self.assertIn(model.name, models)
        self.assertIn(model.digest, models)
        load = browser.get("/").text
        self.assertIn("<svg", load)
        self.assertIn("<svg", browser.get("/load").text)
        found = browser.get("/corpus?q=Sonnenuhr").text
        self.assertIn("Sonnenuhr", found)
        self.assertNotIn("<script>alert", found)
        link = html.unescape(re.search(r'href="(/corpus/decree[^"#]+)', found)[1])
        decree = browser.get(link)
        self.assertEqual(decree.status, 200)
        self.assertIn("Sonnenzeit", decree.text)
        self.assertNotIn("<script>alert", decree.text)

    def test_the_log_is_for_auditors_and_looking_leaves_a_record(self):
        administrator = self.signed_in("administrator")
        self.assertEqual(administrator.get("/").status, 200)
        self.assertEqual(administrator.get("/audit").status, 403)
        self.assertNotIn('href="/audit"', administrator.get("/").text)
        auditor = self.signed_in("auditor")
        first = size(self.auditor)
        self.department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=10)
        page = auditor.get("/audit")
        self.assertEqual(page.status, 200)
        self.assertIn("amtshilfe.v1.InferenceService/ListModels", page.text)
        self.assertEqual(len(records(self.auditor, first=first, method="console/audit")), 1)
        filtered = auditor.get("/audit?department=auslaenderamt&outcome=OK").text
        rows = re.search(r"<tbody>(.*)</tbody>", filtered, re.DOTALL)[1]
        self.assertIn("auslaenderamt", rows)
        self.assertNotIn("revision", rows)
        empty = auditor.get("/audit?department=gibt-es-nicht")
        self.assertIn("Kein Eintrag", empty.text)

    def test_signing_out_needs_the_page_and_ends_the_session(self):
        browser = self.signed_in()
        form_word = re.search(r'name="form_word" value="([0-9a-f]+)"', browser.get("/").text)[1]
        kept = dict(browser.cookies)
        self.assertEqual(browser.post("/sign-out", form_word="falsch").status, 403)
        self.assertEqual(browser.get("/").status, 200)
        self.assertEqual(browser.post("/sign-out", form_word=form_word).status, 303)
        browser.cookies = kept
        self.assertEqual(browser.get("/").status, 303, "the cookie alone opens nothing any more")

    def test_metrics_need_no_sign_in_and_count_calls(self):
        self.department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=10)
        answer = self.browser().get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        line = r'^amtshilfe_calls_total\{[^}]*InferenceService/ListModels[^}]*\} \d+$'
        self.assertRegex(answer.text, re.compile(line, re.MULTILINE))
        for row in answer.text.splitlines():
            self.assertRegex(row, r"^(#.*|[a-z_]+(\{.*\})? \S+|)$")

    def test_headers_that_keep_the_browser_safe(self):
        for path in ("/sign-in", "/metrics", "/gibt-es-nicht", "/assets/console.css"):
            with self.subTest(path):
                headers = self.browser().get(path).headers
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("max-age", headers["Strict-Transport-Security"])
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(self.browser().get("/sign-in").headers["Cache-Control"], "no-store")

    def test_a_page_that_is_not_there(self):
        answer = self.browser().get("/gibt-es-nicht")
        self.assertEqual(answer.status, 404)
        self.assertIn("Diese Seite gibt es nicht", answer.text)

    def test_old_tls_and_plain_http_are_refused(self):
        old = ssl.create_default_context(cafile=self.ca)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        browser = self.browser()
        browser.context = old
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            browser.get("/sign-in")
        plain = http.client.HTTPConnection(self.appliance.console, timeout=5)
        with self.assertRaises((http.client.HTTPException, ConnectionError, TimeoutError)):
            plain.request("GET", "/metrics")
            plain.getresponse()
        plain.close()
