//! What a page has beside what its query finds.

use weibox::query::parse;
use weibox::record::Seq;
use weibox::record::page::{Anchor, Mark, Request, Selection};

use super::inbox;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_tab_tells_how_much_all_tabs_have() {
    let kept = inbox().await;
    let mut reader = kept.archive.reader().unwrap();
    for (query, tab, expected) in [
        ("退货", "type:position", (0, 1)),
        ("退货", "type:text", (1, 1)),
        ("退", "type:text", (1, 2)),
        ("了", "type:text,image", (1, 3)),
        ("type:text", "from:8", (0, 1)),
    ] {
        let [query, tab] = [query, tab].map(|typed| parse(typed).unwrap());
        let request = Request { query: tab.and(&query), limit: 9, wider: Some(query), ..Request::default() };
        let page = reader.page(&request, kept.now()).unwrap();
        assert_eq!((page.total.n, page.wider.map(|wider| wider.n)), (expected.0, Some(expected.1)), "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_stands_among_what_is_found() {
    let kept = inbox().await;
    let read = async |seqs| kept.archive.mark(Selection::Seqs(seqs), Mark::Read, kept.now()).await.unwrap();
    read(vec![6, 4, 3]).await;
    let mut reader = kept.archive.reader().unwrap();
    let mut page = |anchor, limit, keep: &[Seq]| {
        let query = parse("is:unread").unwrap();
        let request = Request { query, anchor, limit, keep: keep.to_vec(), ..Request::default() };
        let page = reader.page(&request, kept.now()).unwrap();
        let records: Vec<Seq> = page.records.iter().map(|record| record.seq).collect();
        (records, page.kept, page.newer.n, page.total.n, page.has_older)
    };
    let whole = [7, 6, 5, 4, 2, 1];
    // 99 is not there, 7 is found anyway.
    assert_eq!(page(Anchor::Newest, 9, &[4, 6, 7, 99]), (whole.to_vec(), vec![6, 4], 0, 6, false));
    assert_eq!(page(Anchor::Oldest, 9, &[4, 6, 7, 99]), (whole.to_vec(), vec![6, 4], 0, 6, false));
    assert_eq!(page(Anchor::Around(4), 9, &[4, 6]), (whole.to_vec(), vec![6, 4], 0, 6, false));
    assert_eq!(page(Anchor::Newest, 3, &[4, 6]), (vec![7, 6, 5], vec![6, 4], 0, 6, true));
    assert_eq!(page(Anchor::Oldest, 3, &[4, 6]), (vec![4, 2, 1], vec![6, 4], 3, 6, false));
    assert_eq!(page(Anchor::Around(4), 2, &[4, 6]), (vec![5, 4], vec![6, 4], 2, 6, true));
    assert_eq!(page(Anchor::Newest, 9, &[]), (vec![7, 5, 2, 1], vec![], 0, 4, false));
}
