//! Messages as a large account receives them, and percentiles. Nothing is measured here.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::DateTime;
use weibox::weibo::created_at;

/// Common words first: the further back a word is, the less often it is drawn, as in any language.
const WORDS: &str = "的 了 是 我 你 在 有 不 这 好 什么 怎么 可以 没有 请问 谢谢 老师 你好 今天 现在 时候 知道 一个 我们 \
    还是 就是 喜欢 多少 购买 发货 客服 订单 退款 地址 快递 活动 优惠 价格 商品 直播 明天 上午 下午 晚上 \
    几点 开始 结束 图片 视频 语音 微博 账号 关注 粉丝 转发 评论 抽奖 中奖 恭喜 期待 支持 加油 哈哈 真的 \
    太棒了 可爱 漂亮 音乐 电影 演唱会 门票 北京 上海 广州 深圳 成都 杭州 天气 下雨 周末 朋友 家人 生日 \
    快乐 新年 学习 工作 公司 手机 电脑 ok hello iPhone weibo App VIP";
/// The number of senders; the busiest hundredth of them sends half of the messages.
const SENDERS: u64 = 50_000;
/// Mid 2024, when the made-up account begins.
const BEGIN: i64 = 1_720_000_000;

/// An endless sequence of different callback bodies, the same in every run.
pub(crate) struct Messages {
    words: Vec<&'static str>,
    random: u64,
    number: i64,
}

impl Messages {
    /// Creates the sequence for a seed of at least 1.
    pub(crate) fn new(seed: u64) -> Self {
        Self { words: WORDS.split(' ').collect(), random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), number: 0 }
    }

    /// Returns a number below `end`, from xorshift, which is random enough here.
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % end
    }

    fn words(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..2 + self.below(14) {
            // The product of two random numbers favours the front.
            let end = self.words.len() as u64;
            let at = self.below(end) * self.below(end) / end;
            text.push_str(self.words[usize::try_from(at).unwrap()]);
            if self.below(6) == 0 {
                text.push('，');
            }
        }
        text
    }

    /// Returns type, text and data.
    fn content(&mut self) -> (&'static str, String, String) {
        let id = 3_000_000_000 + self.below(1 << 40);
        let of = |text: &str| text.to_owned();
        match self.below(100) {
            0..75 => ("text", self.words(), of("{}")),
            75..84 => ("image", of("分享图片"), format!(r#"{{"vfid":{id},"tovfid":{}}}"#, id + 1)),
            84..89 => ("voice", of("分享语音"), format!(r#"{{"vfid":{id},"tovfid":{}}}"#, id + 1)),
            89..92 => {
                let (longitude, latitude) = (73 + self.below(60), 20 + self.below(30));
                let digits = self.below(1_000_000);
                let data = format!(r#"{{"longitude":"{longitude}.{digits:06}","latitude":"{latitude}.{digits:06}"}}"#);
                ("position", of("我的位置"), data)
            }
            92..97 => ("event", of("关注事件消息"), format!(r#"{{"subtype":"click","key":"menu_{id}"}}"#)),
            97..99 => ("mention", self.words(), format!(r#"{{"subtype":"status","key":"{id}"}}"#)),
            _ => ("video", self.words(), format!(r#"{{"tovfid":{id}}}"#)),
        }
    }
}

impl Iterator for Messages {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.number += 1;
        let sender = if self.below(2) == 0 { self.below(SENDERS / 100) } else { self.below(SENDERS) };
        let (kind, text, data) = self.content();
        // Four a second, each from another sender, so that no two messages are the same.
        let sender = 1_000_000_000 + sender * 4 + u64::try_from(self.number % 4).unwrap();
        let time = DateTime::from_timestamp(BEGIN + self.number / 4, 0).unwrap().with_timezone(&created_at::china());
        let mut body = String::with_capacity(256);
        write!(
            body,
            r#"{{"type":"{kind}","receiver_id":1902538057,"sender_id":{sender},"created_at":"{}","text":"{text}","data":{data}}}"#,
            created_at::format(time)
        )
        .unwrap();
        Some(body)
    }
}

/// Returns the duration that this percentage does not exceed; sorts the durations.
pub(crate) fn percentile(durations: &mut [Duration], percent: usize) -> Duration {
    durations.sort_unstable();
    let at = (durations.len() * percent).div_ceil(100).clamp(1, durations.len()) - 1;
    durations[at]
}
