use super::Quarter;
use crate::paper::Rect;
use crate::picture::Gray;

#[test]
fn images_turn_clockwise() {
    let gray = Gray::new(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
    let one = Quarter::One.turn(&gray);
    assert_eq!((one.width, one.height, one.pixels), (2, 3, vec![4, 1, 5, 2, 6, 3]));
    assert_eq!(Quarter::Two.turn(&gray).pixels, [6, 5, 4, 3, 2, 1]);
    let three = Quarter::Three.turn(&gray);
    assert_eq!((three.width, three.height, three.pixels), (2, 3, vec![3, 6, 2, 5, 1, 4]));
}

#[test]
fn boxes_turn_back_to_where_they_stood() {
    // One marked pixel at column 2 of row 0, on a page of 3 by 2.
    let gray = Gray::new(3, 2, vec![0, 0, 9, 0, 0, 0]).unwrap();
    for quarter in [Quarter::One, Quarter::Two, Quarter::Three] {
        let turned = quarter.turn(&gray);
        let at = turned.pixels.iter().position(|&pixel| pixel == 9).unwrap();
        let width = usize::try_from(turned.width).unwrap();
        let float = |value: usize| f32::from(u8::try_from(value).unwrap());
        let rect =
            Rect { left: float(at % width), top: float(at / width), width: 1.0, height: 1.0 };
        let back = quarter.turn_back(rect, (3.0, 2.0));
        assert_eq!(back, Rect { left: 2.0, top: 0.0, width: 1.0, height: 1.0 }, "{quarter:?}");
    }
}
