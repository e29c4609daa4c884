//! What a page has besides the results of its query.

use chrono::TimeDelta;
use weibox::archive::{PruneBatch, Reader};
use weibox::query::{Query, parse};
use weibox::record::Seq;
use weibox::record::page::{Anchor, Mark, Request, Selection};
use weibox::weibo::Kind;

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
    // 99 does not exist, and 7 matches anyway.
    assert_eq!(page(Anchor::Newest, 9, &[4, 6, 7, 99]), (whole.to_vec(), vec![6, 4], 0, 6, false));
    assert_eq!(page(Anchor::Newest, 9, &[4, 6, 4, 7, 6]), (whole.to_vec(), vec![6, 4], 0, 6, false), "each once");
    assert_eq!(page(Anchor::Oldest, 9, &[4, 6, 7, 99]), (whole.to_vec(), vec![6, 4], 0, 6, false));
    assert_eq!(page(Anchor::Around(4), 9, &[4, 6]), (whole.to_vec(), vec![6, 4], 0, 6, false));
    assert_eq!(page(Anchor::Newest, 3, &[4, 6]), (vec![7, 6, 5], vec![6, 4], 0, 6, true));
    assert_eq!(page(Anchor::Oldest, 3, &[4, 6]), (vec![4, 2, 1], vec![6, 4], 3, 6, false));
    assert_eq!(page(Anchor::Around(4), 2, &[4, 6]), (vec![5, 4], vec![6, 4], 2, 6, true));
    assert_eq!(page(Anchor::Newest, 9, &[]), (vec![7, 5, 2, 1], vec![], 0, 4, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_found_by_nothing_and_comes_back_as_it_was() {
    let kept = inbox().await;
    let whole = kept.page("", Anchor::Newest, 9);
    let undo = TimeDelta::seconds(30);
    let restore = async || kept.archive.restore(undo, kept.now()).await.unwrap();
    let goes_at = kept.now() + undo;
    assert_eq!(kept.archive.discard(vec![1], goes_at).await.unwrap(), 1);
    let second = goes_at + TimeDelta::seconds(1);
    assert_eq!(
        kept.archive.discard(vec![2, 3, 1, 99], second).await.unwrap(),
        2,
        "1 is hidden already, 99 is not there"
    );
    assert_eq!(kept.found(""), [7, 6, 5, 4]);
    for (query, found) in [
        ("退货", vec![]),
        ("is:unread", vec![7, 6, 5, 4]),
        ("has:file", vec![]),
        ("from:7", vec![]),
        ("-退货", vec![7, 6, 5, 4]),
    ] {
        assert_eq!(kept.found(query), found, "{query}");
    }
    let page = kept.page("", Anchor::Newest, 9);
    assert_eq!((page.total.n, page.unread, page.counts.sum(&[Kind::Image, Kind::Voice])), (4, 4, 0));
    assert_eq!((kept.found("type:image"), kept.page("type:image", Anchor::Newest, 9).total.n), (vec![], 0));
    let mut reader = kept.archive.reader().unwrap();
    let unread = parse("is:unread").unwrap();
    let request = Request { query: unread, limit: 9, keep: vec![2], ..Request::default() };
    assert_eq!(reader.page(&request, kept.now()).unwrap().kept, Vec::<Seq>::new(), "a list does not keep it");
    assert_eq!(reader.find_between(&Query::default(), 0, 3, kept.now()).unwrap(), [], "an export has none");
    // Another process finds it as well, because the one that hid it may have been killed.
    let other = Reader::open(kept.archive.data_dir()).unwrap();
    assert_eq!((other.next_removal().unwrap(), other.discarded(goes_at, 9).unwrap()), (Some(goes_at), vec![1]));
    assert_eq!(restore().await, 2, "the last ones");
    assert_eq!(kept.found(""), [7, 6, 5, 4, 3, 2]);
    assert_eq!([restore().await, restore().await], [1, 0]);
    assert_eq!(kept.page("", Anchor::Newest, 9), whole);
    kept.archive.discard(vec![1], goes_at).await.unwrap();
    let batch = PruneBatch { messages: vec![1], ..PruneBatch::default() };
    assert_eq!(kept.archive.prune(batch).await.unwrap().messages, 1);
    assert_eq!((restore().await, other.next_removal().unwrap()), (0, None), "what went is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marking_of_several_messages_is_undone_before_earlier_deletions_and_after_later_ones() {
    let kept = inbox().await;
    let undo = TimeDelta::seconds(30);
    let mark = async |selection, seconds| {
        kept.archive.mark(selection, Mark::Read, kept.now() + TimeDelta::seconds(seconds)).await.unwrap()
    };
    let delete = async |seq, seconds| {
        kept.archive.discard(vec![seq], kept.now() + undo + TimeDelta::seconds(seconds)).await.unwrap()
    };
    let restore = async |seconds| kept.archive.restore(undo, kept.now() + TimeDelta::seconds(seconds)).await.unwrap();
    assert_eq!(mark(Selection::Seqs(vec![2, 99]), 0).await, 1, "there is no message 99");
    assert_eq!(restore(1).await, 0, "one message that changed is marked back as easily");
    delete(7, 2).await;
    assert_eq!(mark(Selection::Query(Query::default()), 3).await, 5);
    assert_eq!(mark(Selection::Seqs(vec![3, 4]), 4).await, 0, "a marking that changes nothing is none");
    delete(6, 5).await;
    assert_eq!((restore(6).await, kept.found("is:unread")), (1, vec![]));
    assert_eq!((restore(6).await, kept.found("is:unread")), (5, vec![6, 5, 4, 3, 1]));
    assert_eq!((restore(6).await, kept.found("is:unread")), (1, vec![7, 6, 5, 4, 3, 1]));
    assert_eq!(mark(Selection::Query(Query::default()), 7).await, 6);
    assert_eq!(restore(37).await, 0, "it is too late");
}
