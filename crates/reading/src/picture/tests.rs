use crate::error::Reason;
use crate::read::tests::{limits, read_with};
use image::{GrayImage, ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

fn encode(image: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn with_recogniser() -> crate::limits::Limits {
    let mut limits = limits();
    limits.recogniser = Some(crate::limits::Recogniser {
        program: "/bin/false".into(),
        languages: "deu".to_owned(),
        data: "/".into(),
    });
    limits
}

#[test]
fn images_need_recognition() {
    let image = GrayImage::from_pixel(40, 40, image::Luma([255]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::WebP] {
        let file = if format == ImageFormat::WebP {
            let mut file = Cursor::new(Vec::new());
            RgbaImage::from_pixel(4, 4, Rgba([255; 4])).write_to(&mut file, format).unwrap();
            file.into_inner()
        } else {
            encode(&image, format)
        };
        let error = read_with(file, "antrag.pdf", &limits()).unwrap_err();
        assert_eq!(error.reason, Reason::NoOcr, "{format:?}");
        assert!(error.message("de").contains("apt install tesseract-ocr"), "{format:?}");
    }
}

#[test]
fn too_many_pixels_are_refused_before_decoding() {
    // A header that declares 60,000 by 60,000 pixels and little behind it.
    let mut bomb = encode(&GrayImage::new(8, 8), ImageFormat::Png);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let error = read_with(bomb, "", &with_recogniser()).unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge, "{error:?}");
    let passed = error.limit.unwrap();
    assert_eq!((passed.name.as_str(), passed.actual), ("pixels_max", 3_600_000_000));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn broken_images_are_unreadable() {
    let image =
        GrayImage::from_fn(64, 64, |x, y| image::Luma([u8::try_from(x * y % 251).unwrap()]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff] {
        let whole = encode(&image, format);
        for cut in (12..whole.len() - 16).step_by(97) {
            match read_with(whole[..cut].to_vec(), "", &with_recogniser()) {
                Ok(_) => panic!("{format:?} cut at {cut} was read"),
                Err(error) => assert!(
                    matches!(error.reason, Reason::Unreadable | Reason::TooLarge),
                    "{format:?} {cut}: {error:?}"
                ),
            }
        }
    }
}

#[test]
fn a_tiff_whose_directories_form_a_ring_ends() {
    let mut ring = b"II*\0\x08\0\0\0".to_vec();
    ring.extend(b"\0\0\x08\0\0\0");
    assert_eq!(read_with(ring, "", &with_recogniser()).unwrap_err().reason, Reason::Unreadable);
}
