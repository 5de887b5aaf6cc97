use super::{lean, lean_back, straighten, turn};
use crate::paper::Rect;
use crate::picture::Gray;

/// Lines of dashes, as text looks from afar.
fn page() -> Gray {
    let (width, height) = (1200_u32, 1600_u32);
    let pixels = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let inside = (150..1050).contains(&x) && (150..1450).contains(&y);
            if inside && y % 40 < 16 && x % 23 < 15 { 30 } else { 240 }
        })
        .collect();
    Gray::new(width, height, pixels).unwrap()
}

#[test]
fn finds_the_lean_within_a_fifth_of_a_degree() {
    for angle in [-5.0_f32, -2.3, 1.0, 4.2, 7.5] {
        let found = lean(&turn(&page(), -angle)).unwrap();
        assert!((found - angle).abs() <= 0.2, "{angle}: {found}");
    }
    assert!(lean(&page()).is_none_or(|angle| angle.abs() < 0.2));
}

#[test]
fn a_straight_page_stays_as_it_is() {
    let (same, angle) = straighten(page());
    assert!(angle == 0.0 && same.pixels == page().pixels);
    let blank = Gray::new(500, 500, vec![255; 250_000]).unwrap();
    assert!(straighten(blank).1 == 0.0);
}

#[test]
fn boxes_return_to_the_leaning_page() {
    let rect = Rect { left: 90.0, top: 90.0, width: 20.0, height: 20.0 };
    assert_eq!(lean_back(rect, 3.0, (200.0, 200.0)), rect);
    let right = lean_back(Rect { left: 190.0, ..rect }, 3.0, (200.0, 200.0));
    assert!(right.top > rect.top + 5.0, "{right:?}");
}
