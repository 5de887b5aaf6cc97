use super::*;

const WIDTH: usize = 200;

/// A map of 200 by 120 on which these oblongs are marked.
fn map(marked: &[Oblong], mark: f32) -> Vec<f32> {
    let inside = |x: usize, y: usize| {
        let point = Point::new(edge(x) + 0.5, edge(y) + 0.5);
        marked.iter().any(|oblong| {
            let off = point - oblong.centre;
            off.dot(oblong.along).abs() < oblong.length / 2.0
                && off.cross(oblong.along).abs() < oblong.height / 2.0
        })
    };
    let place = |index| if inside(index % WIDTH, index / WIDTH) { mark } else { 0.1 };
    (0..WIDTH * 120).map(place).collect()
}

fn mark(x: f64, y: f64, degrees: f64, length: f64) -> Oblong {
    let along = Vec2::from_angle(degrees.to_radians());
    Oblong { centre: Point::new(x, y), along, length, height: 6.0 }
}

#[track_caller]
fn near(found: &Oblong, wanted: &Oblong) {
    assert!((found.centre - wanted.centre).hypot() < 1.5, "{found:?} {wanted:?}");
    assert!(found.along.dot(wanted.along) > 0.99, "{found:?} {wanted:?}");
    let wide = wanted.widened(WIDENED);
    assert!((found.length - wide.length).abs() < 5.0, "{found:?} {wide:?}");
    assert!((found.height - wide.height).abs() < 5.0, "{found:?} {wide:?}");
}

#[test]
fn marks_become_lines_that_lean_as_the_page_does() {
    for degrees in [0.0, 4.0, -4.0] {
        // The short mark has no direction of its own.
        let marked = [mark(90.0, 30.0, degrees, 120.0), mark(60.0, 80.0, degrees, 8.0)];
        let found = oblongs(&map(&marked, 0.9), WIDTH);
        assert_eq!(found.len(), 2);
        near(&found[0], &marked[0]);
        near(&found[1], &marked[1]);
    }
}

#[test]
fn pages_on_their_side_have_lines_that_run_down() {
    let marked = [mark(50.0, 60.0, 90.0, 100.0), mark(100.0, 60.0, 90.0, 90.0)];
    let found = oblongs(&map(&marked, 0.9), WIDTH);
    assert_eq!(found.len(), 2);
    near(&found[0], &marked[0]);
}

#[test]
fn a_margin_is_read_from_below() {
    let marked = [mark(110.0, 30.0, 0.0, 150.0), mark(15.0, 80.0, -90.0, 60.0)];
    let found = oblongs(&map(&marked, 0.9), WIDTH);
    near(found.iter().find(|line| line.centre.x < 30.0).unwrap(), &marked[1]);
}

#[test]
fn faint_marks_specks_and_nothing_are_no_lines() {
    let line = mark(90.0, 30.0, 0.0, 120.0);
    assert!(oblongs(&map(&[line], 0.4), WIDTH).is_empty());
    let speck = Oblong { length: 2.0, height: 2.0, ..line };
    assert!(oblongs(&map(&[speck], 0.9), WIDTH).is_empty());
    assert!(oblongs(&[], WIDTH).is_empty());
    assert_eq!(oblongs(&vec![0.9; WIDTH * 120], WIDTH).len(), 1);
}

#[test]
fn images_are_brought_to_a_size_the_network_takes() {
    for (width, height, expected) in [
        (1_240, 1_754, (896, 1_280)),
        (4_000, 3_000, (1_280, 960)),
        (100, 100, (1_280, 1_280)),
        (5_000, 10, (1_280, 32)),
    ] {
        let pixels = vec![255; index(width) * index(height)];
        let image = fit(&Gray::new(width, height, pixels).unwrap()).unwrap();
        assert_eq!(image.dimensions(), expected);
    }
}
