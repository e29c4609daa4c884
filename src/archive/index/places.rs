//! Where positions are, so that they are found by it: a row for each position whose coordinates can be a place, as sent.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use chrono::{DateTime, Utc};

use crate::place::Point;
use crate::place::datum::Assumed;
use crate::query::{Centre, Circle, Query};
use crate::record::place::{Spot, point};
use crate::record::{Record, Seq};
use crate::weibo::Kind;

use super::plan::{SearchPlan, SeqRange};
use crate::archive::{Error, Reader, reader};

/// No datum shifts further than this, in metres: GCJ-02 by some 600, BD-09 by as much again.
const SHIFT: f64 = 2_000.0;
/// Metres in a degree of latitude, a little fewer than there are.
const DEGREE: f64 = 111_000.0;

/// Keeps where a message is, if it is anywhere.
pub(in crate::archive) fn insert(connection: &Connection, seq: Seq, point: Option<Point>) -> rusqlite::Result<()> {
    let Some(point) = point else { return Ok(()) };
    connection
        .prepare_cached("INSERT INTO places (seq, latitude, longitude) VALUES (?1, ?2, ?3)")?
        .execute(params![seq, point.latitude(), point.longitude()])
        .map(drop)
}

/// Keeps every position of an archive that had none.
pub(in crate::archive) fn insert_all(connection: &Connection) -> rusqlite::Result<()> {
    let mut positions =
        connection.prepare("SELECT seq, received_at, raw FROM messages WHERE kind = 'position' ORDER BY seq")?;
    let mut rows = positions.query([])?;
    while let Some(row) = rows.next()? {
        let record = Record::new(row.get(0)?, reader::time(row.get(1)?), row.get(2)?);
        insert(connection, record.seq, point(&record.message))?;
    }
    Ok(())
}

impl Reader {
    /// Where the positions are that a query finds, the newest first, at most `limit`; its times count from `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn places(&mut self, query: &Query, limit: usize, now: DateTime<Utc>) -> Result<Vec<Spot>, Error> {
        /// Of a message that has none they are null.
        const COLUMNS: &str = "messages.seq, (SELECT latitude FROM places AS place WHERE place.seq = messages.seq),
            (SELECT longitude FROM places AS place WHERE place.seq = messages.seq)";
        let query = query.and(&Query::of_kinds(&[Kind::Position]));
        let transaction = self.connection.transaction()?;
        let plan = SearchPlan::of_places(&transaction, &self.unindexed, &query, now)?;
        let read = |row: &rusqlite::Row<'_>| {
            let (seq, latitude, longitude): (_, Option<f64>, Option<f64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let point = latitude.zip(longitude).and_then(|(latitude, longitude)| Point::new(latitude, longitude));
            Ok(point.map(|point| Spot { seq, point }))
        };
        let spots = plan.rows(&transaction, COLUMNS, SeqRange::Before(Seq::MAX >> 1), limit, read)?;
        Ok(spots.into_iter().flatten().collect())
    }
}

/// Teaches a connection `is_near`, the test that SQL cannot do by itself.
pub(in crate::archive) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("is_near", 6, flags, is_near)
}

/// `is_near(latitude, longitude, centre's latitude, centre's longitude, assumed datum or NULL, metres)`: whether the
/// point is within the circle. With an assumed datum the centre is in WGS-84, without one it is as sent.
fn is_near(context: &mut Context<'_>) -> rusqlite::Result<bool> {
    let point =
        |at: usize| -> rusqlite::Result<Option<Point>> { Ok(Point::new(context.get(at)?, context.get(at + 1)?)) };
    let (Some(sent), Some(centre)) = (point(0)?, point(2)?) else { return Ok(false) };
    let assumed = context.get::<Option<String>>(4)?.and_then(|name| Assumed::from_name(&name));
    let centre = assumed.map_or(centre, |assumed| assumed.as_sent(centre, sent));
    Ok(centre.distance(sent) <= context.get::<f64>(5)?)
}

/// SQL that says whether a row of `places` is in a circle; `value` takes a value and says how SQL names it. A box around
/// the circle comes first, which costs less to test.
pub(in crate::archive) fn condition(circle: &Circle, mut value: impl FnMut(Value) -> String) -> String {
    let (point, assumed, shift) = match &circle.centre {
        Centre::Sent(point) => (*point, None, 0.0),
        Centre::Named { point, assumed, .. } => (*point, Some(assumed.name().to_owned()), SHIFT),
    };
    let metres = f64::from(circle.metres);
    let north = (metres + shift) / DEGREE;
    // Where the meridians stand closest; towards a pole, and around the back of the earth, every longitude will do.
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
