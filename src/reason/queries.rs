//! TABLE: what is wrong with a query.

codes! {
    NO_FIELD: "`{}:` is no field", "没有 `{}:` 这个字段";
    NOTHING_TO_FIND: "`{}` has nothing in it that can be found", "`{}` 里没有可以查找的内容";
    TYPE_SOMETHING: "type a word, a number, a symbol or an emoji", "请输入文字、数字、符号或表情";
    NO_FIELD_VALUE: "`{}` is not a valid value for `{}:`", "`{}` 不是 `{}:` 的值";
    FIELD_EMPTY: "`{}:` has no value", "`{}:` 后面没有值";
    NAME_FIELD: "`name:{}` finds senders by name", "按名字查找请用 `name:{}`";
    NO_ALTERNATIVE: "a word is missing beside `|` or `OR`", "`|` 或 `OR` 的一侧缺少文字";
    QUOTE_IT: "in quotes it is a word", "加引号则作为文字查找";
    NOT_BESIDE: "`{}` cannot stand beside `|` or `OR`", "`{}` 不能与 `|` 或 `OR` 连用";
    LIST_VALUES: "they join words; several values of a field have commas between them", "它们只连接文字；字段的多个值用逗号并列";
    MINUS_FIRST: "`-` stands before the first word and excludes all of them", "`-` 写在第一个词前面，表示全部排除";
    NO_SUCH_PLACE: "no place `{}` is known", "没有找到地名 `{}`";
    FIELDS: "fields are {}; in quotes it is a word", "可用字段：{}；加引号则作为文字查找";
    GIVE_COORDINATES: "give its coordinates, such as `near:39.98,116.31<2km`", "请写坐标，例如 `near:39.98,116.31<2km`";
    QUERY_UNUSABLE: "cannot use the query: {}\n  {}\n  {}", "无法使用查询：{}\n  {}\n  {}";
}
