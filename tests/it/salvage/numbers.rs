//! Impossible numbers in a damaged archive.

use std::fs;

use weibox::weibo::FileId;

use super::{MESSAGES, archive, assert_true, execute, start};

#[test]
fn numbers_that_nothing_can_have_keep_nothing_else_from_being_saved() {
    let (home, file, before) = archive();
    execute(
        &home,
        "UPDATE messages SET deliveries = -9 WHERE seq = 7;
         UPDATE messages SET seq = -5 WHERE seq = 9;
         UPDATE messages SET seq = 9223372036854775806 WHERE seq = 10;
         UPDATE media SET bytes = -9 WHERE fid = 7;
         UPDATE bookmarks SET seq = -9;
         UPDATE forwarded SET attempts = -9, took = -9, status = -9;",
    );
    let mut bytes = fs::read(&file).unwrap();
    bytes[..100].fill(0);
    fs::write(&file, &bytes).unwrap();
    let (said, saved) = start(&home);
    assert_eq!(assert_true(&saved, &before), MESSAGES - 2, "{said}");
    let reader = home.reader();
    assert!(matches!(reader.stage(FileId(7)), Ok(Some(_))));
    assert!(reader.bookmarks().unwrap().is_empty());
    assert_eq!(reader.forwarded_aside("crm").unwrap().len(), 2);
}
