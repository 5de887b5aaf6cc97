use super::*;

/// The corners of a rectangle of 40 by 10 around (50, 60), leaning by these degrees.
fn corners(degrees: f64) -> Vec<Point> {
    let along = Vec2::from_angle(degrees.to_radians());
    let oblong = Oblong { centre: Point::new(50.0, 60.0), along, length: 40.0, height: 10.0 };
    vec![oblong.at(0.0, 0.0), oblong.at(1.0, 1.0), oblong.at(0.0, 1.0), oblong.at(1.0, 0.0)]
}

#[test]
fn the_smallest_rectangle_leans_as_its_points_do() {
    for degrees in [0.0, 3.0, -20.0, 44.0, 90.0] {
        let mut points = corners(degrees);
        points.extend([Point::new(50.0, 60.0), Point::new(51.0, 60.5)]);
        let hull = hull(points);
        assert_eq!(hull.len(), 4, "{degrees}");
        let found = Oblong::smallest(&hull).unwrap();
        assert!((found.length - 40.0).abs() < 1e-6 && (found.height - 10.0).abs() < 1e-6);
        assert!((found.centre - Point::new(50.0, 60.0)).hypot() < 1e-6);
        let along = Vec2::from_angle(degrees.to_radians());
        assert!(found.along.cross(along).abs() < 1e-6, "{degrees}: {found:?}");
    }
}

#[test]
fn points_without_area_have_no_rectangle() {
    assert!(Oblong::smallest(&hull(vec![])).is_none());
    assert!(Oblong::smallest(&hull(vec![Point::new(1.0, 1.0); 5])).is_none());
    let line = (0..5).map(|step| Point::new(f64::from(step), f64::from(step))).collect();
    assert!(Oblong::smallest(&hull(line)).is_none());
}

#[test]
fn widening_and_scaling_keep_the_middle_and_the_lean() {
    let flat = Oblong::smallest(&hull(corners(0.0))).unwrap();
    let wide = flat.widened(1.5);
    // 400 over an outline of 100, one and a half times, on both sides.
    assert!((wide.length - 52.0).abs() < 1e-9 && (wide.height - 22.0).abs() < 1e-9);
    assert_eq!(wide.centre, flat.centre);
    let large = flat.scaled(2.0, 2.0);
    assert_eq!((large.length, large.height), (80.0, 20.0));
    assert_eq!(large.centre, Point::new(100.0, 120.0));
    assert_eq!(flat.reversed().at(0.0, 0.0), flat.at(1.0, 1.0));
    assert!((flat.quarter().at(0.0, 0.0) - flat.at(1.0, 0.0)).hypot() < 1e-9);
}
