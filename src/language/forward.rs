//! TABLE: the words of the user's bots on the screen.

use super::Words;

words! {
    TARGET: "bot", "机器人";
    TARGET_HAS_IT: "{}: {} in {} ms at {}, attempt {}", "{}：{}，{} 毫秒，{}，第 {} 次";
    TARGET_WAITS: "{}: {}; attempt {} at {}", "{}：{}；第 {} 次尝试在 {}";
    TARGET_PUT_ASIDE: "{}: set aside after {} attempts: {}", "{}：尝试 {} 次后搁置：{}";
}
