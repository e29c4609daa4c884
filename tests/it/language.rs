//! Reasons that are really given are told again in Chinese, whatever room they come from.

use weibox::language::Language;
use weibox::query;
use weibox::record::traffic::Call;
use weibox::weibo::signature::Parameters;
use weibox::weibo::{Content, wire};

/// Whether nothing is left of the English words but what stands in backticks, in brackets or is a name.
fn is_chinese(told: &str) -> bool {
    told.chars().any(|char| ('\u{4e00}'..='\u{9fff}').contains(&char)) && !told.contains(" the ")
}

#[test]
fn every_reason_of_the_protocol_and_the_query_has_its_chinese() {
    let signed = |query: &str| {
        let verified = Parameters::from_query(query).and_then(|parameters| parameters.verify("xyz123xyz"));
        verified.unwrap_err().in_full()
    };
    let unreadable = |body: &str| {
        let Content::Unreadable { reason } = wire::parse(body.as_bytes()).content else { panic!("{body} was read") };
        reason
    };
    let mut reasons = vec![
        signed(""),
        signed("nonce=1&nonce=2"),
        signed("signature=90e4&timestamp=1&nonce=2"),
        signed("signature=90e4&timestamp=1+1&nonce=2"),
        unreadable(""),
        unreadable("<xml/>"),
        unreadable("[1]"),
        unreadable("{\"type\":5}"),
        Call::NOT_ALLOWED.to_owned(),
    ];
    for wrong in ["typ:text", "zzz:1", "from:me", "since:soon", "due:never"] {
        let wrong = query::parse(wrong).unwrap_err();
        reasons.extend([wrong.reason, wrong.hint]);
    }
    for reason in reasons {
        let told = Language::Chinese.retell(&reason);
        assert!(is_chinese(&told), "{reason}: {told}");
        assert_eq!(Language::English.retell(&reason), reason);
    }
}
