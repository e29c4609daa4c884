//! The table of places, searched for the nearest place to a point or for a name.
//!
//! The table is `assets/places.bin`, made by `assets/places.py` from GeoNames (CC BY 4.0), CLDR and lists of names.
//! It is read in place from the program, so it takes no other memory. Its rows are sorted by latitude, which is its
//! only index.

use nucleo_matcher::chars::normalize;

use super::{Compass, Point};

/// The table. The script that makes it describes its format.
const FILE: &[u8] = include_bytes!("../../assets/places.bin");

/// Size of a row in bytes: three numbers of three bytes, two of one.
const ROW: usize = 11;
/// Size of a country in bytes: two letters, and the offset of its name.
const COUNTRY: usize = 5;
/// The distance in metres up to which a point counts as being at a town or in its country.
const AT: f64 = 50_000.0;
/// The mainland, whose places are named without the country in Chinese.
const MAINLAND: &str = "CN";
/// The largest number in three bytes: a full turn, or pole to pole.
const FULL: f64 = 16_777_215.0;
/// The suffixes of Chinese names, which the names of the table lack.
const ENDINGS: [char; 5] = ['市', '区', '县', '镇', '乡'];

/// A place with a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Its English name.
    pub english: &'static str,
    /// Its Chinese name; empty when it has none in the table.
    pub chinese: &'static str,
    /// The English and Chinese names of its city, for counties and districts of the mainland. A city with districts
    /// names itself here.
    pub city: Option<[&'static str; 2]>,
    /// Its country or region in two letters (ISO 3166).
    pub country: &'static str,
    /// The name of the country or region, English and Chinese.
    pub country_name: [&'static str; 2],
    /// Its coordinates, in WGS-84, to some hundred metres: the centre of a town is a matter of taste.
    pub point: Point,
    /// Its size, which grows with the logarithm of its population.
    pub size: u8,
}

impl Place {
    /// Returns whether it is a city of the mainland whose districts are separate places.
    fn has_districts(&self) -> bool {
        self.city.is_some_and(|[english, _]| english == self.english)
    }

    /// Returns its full name for an English screen: `Nanshan, Shenzhen, China`, `Luanda, Angola`, `Taipei, Taiwan`.
    pub fn in_english(&self) -> String {
        let city = self.city.map(|[english, _]| english);
        let parts = [Some(self.english), city, Some(self.country_name[0])];
        without_repeats(parts.into_iter().flatten()).join(", ")
    }

    /// Returns its full name for a Chinese screen: `深圳 南山`, `安哥拉 罗安达`, `中国台湾 台北`. A place without a
    /// Chinese name has its English one.
    pub fn in_chinese(&self) -> String {
        let country = (self.country != MAINLAND).then_some(self.country_name[1]);
        // 中国香港, not 中国香港 香港.
        let own = if self.chinese.is_empty() { self.english } else { self.chinese };
        let own = (!country.is_some_and(|country| country.ends_with(own))).then_some(own);
        let city = self.city.map(|[_, chinese]| chinese);
        without_repeats([country, city, own].into_iter().flatten()).join(" ")
    }
}

fn without_repeats(parts: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut parts: Vec<&str> = parts.collect();
    parts.dedup();
    parts
}

/// A place as seen from a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The place.
    pub place: Place,
    /// The distance of the point from the place, in metres.
    pub distance: f64,
    /// The direction from the place to the point.
    pub direction: Compass,
}

/// The parts of the file.
struct Table {
    countries: &'static [Country],
    rows: &'static [Row],
    names: &'static [u8],
}

type Row = [u8; ROW];
type Country = [u8; COUNTRY];

const TABLE: Table = table();

/// Splits the file into its parts. A truncated file fails to compile.
const fn table() -> Table {
    const fn counted(bytes: &'static [u8], size: usize) -> (&'static [u8], &'static [u8]) {
        let (number, rest) = bytes.split_at(4);
        let number = u32::from_le_bytes([number[0], number[1], number[2], number[3]]);
        rest.split_at(number as usize * size)
    }
    let (countries, rest) = counted(FILE, COUNTRY);
    let (rows, names) = counted(rest, ROW);
    Table { countries: countries.as_chunks().0, rows: rows.as_chunks().0, names }
}

/// Returns the place nearest to a point in WGS-84; `None` only if the table were empty. In a city with districts it
/// is one of the districts.
pub fn nearest(point: Point) -> Option<Near> {
    let start = TABLE.rows.partition_point(|row| latitude(row) < point.latitude);
    let (south, north) = TABLE.rows.split_at_checked(start)?;
    let mut best: Option<(f64, &Row)> = None;
    // The reach of the best distance. Anything beyond it is further away, which needs no trigonometry to tell.
    let (mut high, mut wide) = (f64::INFINITY, f64::INFINITY);
    let mut look = |row: &'static Row| {
        // All rows that follow are further away by latitude alone.
        let is_past = (latitude(row) - point.latitude).abs() > high;
        let east = (longitude(row) - point.longitude).abs();
        if !is_past && east.min(360.0 - east) <= wide {
            let distance = point_of(row).distance(point);
            if best.is_none_or(|(least, _)| distance < least) && !place(row).has_districts() {
                best = Some((distance, row));
                (high, wide) = point.reach(distance);
            }
        }
        !is_past
    };
    let _past_south = south.iter().rev().all(&mut look);
    let _past_north = north.iter().all(&mut look);
    let (distance, row) = best?;
    let place = place(row);
    Some(Near { place, distance, direction: place.point.direction(point) })
}

/// Returns the place at a point in WGS-84; `None` where even the nearest place is too far away, as at sea.
pub fn at(point: Point) -> Option<Place> {
    nearest(point).filter(|near| near.distance < AT).map(|near| near.place)
}

/// Returns every place between two latitudes, from south to north.
pub fn between(south: f64, north: f64) -> impl Iterator<Item = Place> {
    let start = TABLE.rows.partition_point(|row| latitude(row) < south);
    TABLE.rows.iter().skip(start).take_while(move |row| latitude(row) <= north).map(place)
}

/// Returns at most `n` places, the largest first, between two latitudes and at most `reach` degrees from a longitude.
pub fn largest([south, north]: [f64; 2], around: f64, reach: f64, n: usize) -> Vec<Place> {
    let is_within = |row: &&Row| {
        let east = (longitude(row) - around).abs();
        east <= reach || east >= 360.0 - reach
    };
    let start = TABLE.rows.partition_point(|row| latitude(row) < south);
    let end = TABLE.rows.partition_point(|row| latitude(row) <= north);
    let mut found: Vec<&Row> = TABLE.rows.get(start..end).unwrap_or_default().iter().filter(is_within).collect();
    let size = |row: &&Row| std::cmp::Reverse(row[ROW - 1]);
    // The other rows are not sorted: around the world there are tens of thousands.
    if n < found.len() {
        found.select_nth_unstable_by_key(n, size);
        found.truncate(n);
    }
    found.sort_by_key(size);
    found.into_iter().map(place).collect()
}

/// Returns the largest place with this Chinese or English name; case, accents and anything but letters and digits are
/// ignored.
pub fn named(name: &str) -> Option<Place> {
    let (folded, stem) = (folded(name), stem(name));
    let is_it = |place: &Place| {
        letters(place.english).eq(folded.chars())
            || (!place.chinese.is_empty() && [name, stem].contains(&place.chinese))
    };
    TABLE.rows.iter().map(place).filter(is_it).max_by_key(|place| place.size)
}

/// Returns the letters and digits of a name, in lower case and without accents.
pub fn folded(name: &str) -> String {
    letters(name).collect()
}

/// Yields them one by one, because most names differ in the first letter.
fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|char| char.is_alphanumeric()).map(normalize).flat_map(char::to_lowercase)
}

/// Returns a Chinese name without the suffix of its rank, if at least two characters remain: `深圳市`, `海淀区`.
fn stem(name: &str) -> &str {
    name.strip_suffix(ENDINGS).filter(|stem| stem.chars().nth(1).is_some()).unwrap_or(name)
}

fn latitude([a, b, c, ..]: &Row) -> f64 {
    f64::from(u32::from_le_bytes([*a, *b, *c, 0])) / FULL * 180.0 - 90.0
}

fn longitude([_, _, _, a, b, c, ..]: &Row) -> f64 {
    f64::from(u32::from_le_bytes([*a, *b, *c, 0])) / FULL * 360.0 - 180.0
}

fn point_of(row: &Row) -> Point {
    Point { latitude: latitude(row), longitude: longitude(row) }
}

fn place(row: &'static Row) -> Place {
    let [_, _, _, _, _, _, names @ .., country, size] = row;
    let [english, chinese, city, chinese_city] = names_at(*names);
    let (country, country_name) = named_country(*country);
    let city = (!city.is_empty()).then_some([city, chinese_city]);
    Place { english, chinese, city, country, country_name, point: point_of(row), size: *size }
}

/// Returns the letters of a country, and its name in English and Chinese.
fn named_country(number: u8) -> (&'static str, [&'static str; 2]) {
    let Some(row) = TABLE.countries.get(usize::from(number)) else { return Default::default() };
    let ([letters @ .., _, _, _], [_, _, names @ ..]) = (row, row);
    let [english, chinese, ..] = names_at(*names);
    (str::from_utf8(letters).unwrap_or_default(), [english, chinese])
}

/// Returns the names that begin at an offset; of a country only the first two are its own.
fn names_at([a, b, c]: [u8; 3]) -> [&'static str; 4] {
    let mut rest = TABLE.names.get(u32::from_le_bytes([a, b, c, 0]) as usize..);
    [(); 4].map(|()| {
        let (name, after) = name_at(rest);
        rest = Some(after);
        name
    })
}

/// Returns a name and the bytes after it.
fn name_at(bytes: Option<&'static [u8]>) -> (&'static str, &'static [u8]) {
    let parts = bytes.and_then(<[u8]>::split_first).and_then(|(length, rest)| rest.split_at_checked((*length).into()));
    let (name, rest) = parts.unwrap_or_default();
    (str::from_utf8(name).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(latitude: f64, longitude: f64) -> Point {
        Point::new(latitude, longitude).unwrap()
    }

    #[test]
    fn landmarks_are_near_what_people_call_them() {
        for (landmark, latitude, longitude, chinese, english, country, kilometres) in [
            ("Tiananmen", 39.9087, 116.3975, "景山", "Jingshan", "CN", 3.0),
            ("Summer Palace", 39.9999, 116.2755, "海淀", "Haidian", "CN", 2.0),
            ("Canton Tower", 23.1065, 113.3245, "海珠", "Haizhu", "CN", 8.0),
            ("Terracotta Army", 34.3848, 109.2734, "临潼", "Lintong", "CN", 7.0),
            ("Red Square", 55.7539, 37.6208, "莫斯科", "Moscow", "RU", 2.0),
            ("Statue of Liberty", 40.6892, -74.0445, "", "Financial District", "US", 4.0),
        ] {
            let Near { place, distance, .. } = nearest(point(latitude, longitude)).unwrap();
            assert_eq!((place.chinese, place.english, place.country), (chinese, english, country), "{landmark}");
            assert!(distance < kilometres * 1000.0, "{landmark}: {distance} m");
        }
    }

    #[test]
    fn names_of_both_languages_find_the_largest_place() {
        for (names, latitude, longitude) in [
            (["深圳", "深圳市", "shenzhen"], 22.545, 114.068),
            (["西安", "XiAn", "Xi'an"], 34.258, 108.929),
            (["乌鲁木齐", "Ürümqi", "urumqi"], 43.801, 87.6),
            (["海淀区", "海淀", "haidian"], 39.99, 116.289),
            (["纽约", "New_York_City", "new york city"], 40.714, -74.006),
        ] {
            for name in names {
                let found = named(name).unwrap_or_else(|| panic!("{name}"));
                assert!(found.point.distance(point(latitude, longitude)) < 500.0, "{name}: {found:?}");
            }
        }
        assert_eq!((named("深圳湾跑者"), named(""), named("市")), (None, None, None));
    }

    #[test]
    fn names_are_whole_in_both_languages() {
        for (latitude, longitude, chinese, english) in [
            (22.5333, 113.9304, "深圳 南山", "Nanshan, Shenzhen, China"),
            (22.5545, 113.8829, "深圳 宝安", "Bao'an, Shenzhen, China"),
            (22.5431, 114.0579, "深圳 福田", "Futian, Shenzhen, China"),
            (39.9906, 116.2887, "北京 海淀", "Haidian, Beijing, China"),
            (31.3776, 120.9543, "苏州 昆山", "Kunshan, Suzhou, China"),
            (23.0205, 113.7518, "东莞", "Dongguan, China"),
            (22.3167, 114.1833, "中国香港 九龙", "Kowloon, Hong Kong"),
            (22.2006, 113.5461, "中国澳门", "Macau"),
            (25.0531, 121.5264, "中国台湾 台北", "Taipei, Taiwan"),
            (1.2897, 103.8501, "新加坡", "Singapore"),
            (-8.8368, 13.2343, "安哥拉 罗安达", "Luanda, Angola"),
            (-33.9258, 18.4232, "南非 开普敦", "Cape Town, South Africa"),
            (48.8534, 2.3488, "法国 巴黎", "Paris, France"),
        ] {
            let place = nearest(point(latitude, longitude)).unwrap().place;
            assert_eq!((place.in_chinese().as_str(), place.in_english().as_str()), (chinese, english));
        }
        let beijing = named("北京").unwrap();
        assert_eq!((beijing.in_chinese(), beijing.in_english()), ("北京".to_owned(), "Beijing, China".to_owned()));
    }

    #[test]
    fn large_cities_have_the_names_that_were_checked() {
        let cities = include_str!("../../assets/cities.tsv");
        let mut places: std::collections::HashMap<(&str, &str), Vec<Place>> = std::collections::HashMap::new();
        for place in between(-90.0, 90.0) {
            places.entry((place.english, place.country)).or_default().push(place);
        }
        let mut n_checked = 0;
        for line in cities.lines() {
            let [english, country, chinese] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let named = places.get(&(english, country)).unwrap_or_else(|| panic!("there is no {line}"));
            assert!(named.iter().all(|place| place.chinese == chinese), "{line}: {named:?}");
            n_checked += 1;
        }
        assert!(n_checked > 400, "{n_checked}");
        let other_forms = ["卢旺达", "好望角", "阿必仁", "拉哥斯", "布里司班", "摩加迪休", "意法半"];
        for place in between(-90.0, 90.0) {
            assert!(!other_forms.contains(&place.chinese), "{place:?}");
        }
    }

    #[test]
    fn every_county_and_district_of_the_mainland_has_its_chinese_name() {
        let places: Vec<Place> = between(-90.0, 90.0).filter(|place| place.country == "CN").collect();
        assert!(places.iter().all(|place| !place.chinese.is_empty()));
        let n_districts = places.iter().filter(|place| place.city.is_some()).count();
        assert!(n_districts > 2_800, "{n_districts}");
        for name in ["南山", "宝安", "龙岗", "福田", "浦东", "朝阳", "天河", "武侯", "江汉", "鼓楼", "雁塔", "和平"]
        {
            assert!(places.iter().any(|place| place.chinese == name && place.city.is_some()), "{name}");
        }
    }

    #[test]
    fn the_largest_places_of_a_part_of_the_world_come_first() {
        let names = |latitudes, around, reach, n| {
            largest(latitudes, around, reach, n).into_iter().map(|place| place.english).collect::<Vec<_>>()
        };
        assert_eq!(names([-90.0, 90.0], 0.0, 180.0, 1), ["Shanghai"]);
        assert_eq!(names([22.0, 23.5], 114.0, 1.0, 3)[..2], ["Shenzhen", "Guangzhou"]);
        // Across the date line: Fiji and its neighbours.
        let fiji = names([-19.0, -15.0], 179.9, 3.0, 99);
        assert!(fiji.contains(&"Suva") && fiji.contains(&"Labasa"), "{fiji:?}");
    }

    #[test]
    fn every_row_is_a_place_with_a_name() {
        let mut places: Vec<Place> = between(-90.0, 90.0).collect();
        assert!(places.len() > 30_000);
        for place in &places {
            assert!(!place.english.is_empty() && place.country.len() == 2, "{place:?}");
            assert!(place.chinese.chars().all(|char| !char.is_ascii()), "{place:?}");
        }
        places.retain(|place| place.country == "CN" && !place.chinese.is_empty());
        assert!(places.len() > 4_000, "{}", places.len());
    }

    proptest! {
        #[test]
        fn none_is_nearer_than_the_nearest(latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64) {
            let point = point(latitude, longitude);
            let found = nearest(point).unwrap();
            let least = between(-90.0, 90.0).filter(|place| !place.has_districts());
            let least = least.map(|place| place.point.distance(point)).fold(f64::INFINITY, f64::min);
            prop_assert!((found.distance - least).abs() < 0.01, "{found:?}, {least}");
        }
    }
}
