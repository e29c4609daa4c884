//! Indexes positions by place: one row for each position whose coordinates are valid, as they were sent.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::place::Point;
use crate::place::datum::Assumed;
use crate::query::{Centre, Circle};
use crate::record::Seq;

use crate::archive::connection::statements::Statements as _;
use crate::archive::spans::start;

/// The maximum shift of any datum in metres: GCJ-02 shifts by some 600, BD-09 by as much again.
const SHIFT: f64 = 2_000.0;
/// Metres in a degree of latitude, rounded down.
const DEGREE: f64 = 111_000.0;

/// Stores the place of a message, if it has one.
pub(super) fn add(connection: &Connection, seq: Seq, point: Option<Point>) -> rusqlite::Result<()> {
    let Some(point) = point else { return Ok(()) };
    let put = "INSERT OR REPLACE INTO places (seq, latitude, longitude) VALUES (?1, ?2, ?3)";
    connection.run(put, params![seq, point.latitude(), point.longitude()]).map(drop)
}

/// Returns the places of the messages in a block, in order.
pub(super) fn of_block(connection: &Connection, block: Seq) -> rusqlite::Result<Vec<(Seq, Point)>> {
    let mut places = connection
        .prepare_cached("SELECT seq, latitude, longitude FROM places WHERE seq >= ?1 AND seq < ?2 ORDER BY seq")?;
    let rows = places.query_map([start(block), start(block + 1)], |row| {
        let point = Point::new(row.get(1)?, row.get(2)?);
        Ok(point.map(|point| (row.get(0), point)))
    })?;
    rows.flatten().flatten().map(|(seq, point)| Ok((seq?, point))).collect()
}

/// Registers the SQL function `is_near` on a connection.
pub(in crate::archive) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("is_near", 6, flags, is_near)
}

/// Implements `is_near(latitude, longitude, centre's latitude, centre's longitude, assumed datum or NULL,
/// metres)`: whether the point is within the circle. The centre is in WGS-84 if a datum is assumed, else as sent.
fn is_near(context: &mut Context<'_>) -> rusqlite::Result<bool> {
    let point =
        |at: usize| -> rusqlite::Result<Option<Point>> { Ok(Point::new(context.get(at)?, context.get(at + 1)?)) };
    let (Some(sent), Some(centre)) = (point(0)?, point(2)?) else { return Ok(false) };
    let assumed = context.get::<Option<String>>(4)?.and_then(|name| Assumed::from_name(&name));
    let centre = assumed.map_or(centre, |assumed| assumed.as_sent(centre, sent));
    Ok(centre.distance(sent) <= context.get::<f64>(5)?)
}

/// Returns the SQL condition that a row of `places` is in a circle. `value` binds a value and returns its SQL
/// name. A cheap test for the bounding box comes first.
pub(super) fn condition(circle: &Circle, mut value: impl FnMut(Value) -> String) -> String {
    let (point, assumed, shift) = match &circle.centre {
        Centre::Sent(point) => (*point, None, 0.0),
        Centre::Named { point, assumed, .. } => (*point, Some(assumed.name().to_owned()), SHIFT),
    };
    let metres = f64::from(circle.metres);
    let north = (metres + shift) / DEGREE;
    // The box is as wide as the circle needs at its highest latitude, where the meridians are closest. Near a
    // pole or across the date line every longitude is accepted.
    let furthest = (point.latitude().abs() + north).min(90.0);
    let east = north / furthest.to_radians().cos();
    let [south, north] = [-north, north].map(|by| value((point.latitude() + by).into()));
    let mut sql = format!("latitude BETWEEN {south} AND {north}");
    if point.longitude().abs() + east < 180.0 {
        let [west, east] = [-east, east].map(|by| value((point.longitude() + by).into()));
        sql = format!("{sql} AND longitude BETWEEN {west} AND {east}");
    }
    let values: [Value; 4] =
        [point.latitude().into(), point.longitude().into(), assumed.map_or(Value::Null, Value::Text), metres.into()];
    let values = values.map(value).join(", ");
    format!("({sql} AND is_near(latitude, longitude, {values}))")
}
