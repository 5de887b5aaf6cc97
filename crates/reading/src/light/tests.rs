use super::even;
use crate::picture::Gray;

/// Dashes on paper that is as bright as `light` says for each column.
fn page(light: impl Fn(u32) -> u32) -> Gray {
    let (width, height) = (800_u32, 600_u32);
    let pixels = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let paper = light(x);
            let ink = y % 40 < 12 && x % 20 < 8;
            u8::try_from(if ink { paper / 5 } else { paper }).unwrap()
        })
        .collect();
    Gray::new(width, height, pixels).unwrap()
}

#[test]
fn falling_light_becomes_even() {
    let evened = even(page(|x| 230 - x / 6));
    for x in [19, 219, 419, 619, 779] {
        let (paper, ink) = (evened.pixels[20 * 800 + x], evened.pixels[40 * 800 + x / 20 * 20]);
        assert!(paper > 225, "{x}: paper {paper}");
        assert!(ink < 70, "{x}: ink {ink}");
    }
}

#[test]
fn an_evenly_lit_scan_stays_as_it_is() {
    assert_eq!(even(page(|_| 240)).pixels, page(|_| 240).pixels);
    assert_eq!(even(page(|x| 240 - x / 40)).pixels, page(|x| 240 - x / 40).pixels);
}

#[test]
fn any_size_is_taken() {
    for (width, height) in [(1, 1), (3, 700), (700, 3), (129, 33), (160, 1)] {
        let count = usize::try_from(width * height).unwrap();
        let pixels: Vec<u8> = (0..count).map(|at| u8::try_from(at % 256).unwrap()).collect();
        assert_eq!(even(Gray::new(width, height, pixels).unwrap()).pixels.len(), count);
    }
}
