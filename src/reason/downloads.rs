//! TABLE: why a file cannot be downloaded, in our words and in those for Weibo's error codes (protocol §9.3).

codes! {
    CANCELLED: "cancelled", "已取消";
    GIVEN_UP: "{} (given up after {} {try|tries})", "{}（试了 {} 次后放弃）";
    NOTHING_CAME: "Weibo answered with nothing", "微博返回空内容";
    OTHER_PART_CAME: "Weibo answered with a part of the file that was not asked for", "微博返回了未请求的部分内容";
    PART_CAME: "{} of {} byte{s} came", "只收到 {} / {} 字节";
    FILE_TOO_LARGE: "it is larger than {} bytes", "大于 {} 字节";
    TEXT_CAME: "Weibo answered with text instead of a file: {}", "微博返回文字而非文件：{}";
    OTHER_ENCODING_CAME: "Weibo answered in an encoding that was not asked for", "微博以未请求的编码应答";
    WEIBO_ANSWERED: "Weibo answered {}", "微博返回 {}";
    NAME_OF_ANOTHER: "Weibo told of somebody else", "微博返回了其他用户的资料";
    WEIBO_ANSWERED_WITH: "Weibo answered {}: {}", "微博返回 {}：{}";
    CONNECTION_FAILED: "the connection failed: {}", "连接失败：{}";
    TOOK_TOO_LONG: "it took too long", "超时";
    REDIRECTED_AWAY: "redirected to another host", "被重定向到其他主机";
    REDIRECTED_TOO_OFTEN: "redirected too often", "重定向次数过多";
    DOWNLOAD_BROKE_OFF: "the download broke off by a fault of weibox", "weibox 内部故障，下载中断";
    UNWRITABLE: "the file could not be written: {}", "文件无法写入：{}";
    DISK_RESERVED: "the disk is full, what is left is for messages", "磁盘已满，剩余空间留给消息";
    NOTE_DIFFERS: "it is not what its note says", "与记录不符";
    TOO_MANY_NAMESAKES: "{} {file is|files are} named as `{}`", "已有 {} 个文件名为 `{}`";
    LEADS_OUT: "`{}` leads out of the media directory", "`{}` 不在媒体目录内";
    NO_DIRECTORY_THERE: "`{}` is no directory", "`{}` 不是目录";
    UNREMOVED: "the file could not be removed: {}", "无法删除文件：{}";
    JOBS_UNSEEN: "cannot see what is to be downloaded: {}", "无法读取下载队列：{}";
    DOWNLOADS_BROKE_OFF: "the downloads broke off: {}", "下载中断：{}";
    NO_ACCOUNT: "there is no account", "没有账号";
    NO_ACCESS_TOKEN: "there is no access token", "没有访问令牌";
    LEFT_ALONE: "Weibo is left alone for a while", "暂不请求微博";

    // Weibo's codes
    REFUSED_BY_WEIBO: "Weibo refused it ({})", "微博拒绝（{}）";
    WEIBO_FAILED: "Weibo's system failed ({})", "微博系统错误（{}）";
    SERVICE_UNAVAILABLE: "the service is unavailable ({})", "服务不可用（{}）";
    SERVICE_BEHIND_FAILED: "a service behind it failed ({})", "后端服务出错（{}）";
    ADDRESS_LIMITED: "this IP address is not allowed now ({})", "此 IP 目前受限（{}）";
    NO_PERMISSION_OF_APP: "the app lacks the permission ({})", "应用缺少权限（{}）";
    TOKEN_UNKNOWN: "the access token is missing or not recognised ({})", "访问令牌缺失或无法识别（{}）";
    WRONG_PARAMETER: "a parameter is wrong ({})", "参数错误（{}）";
    WEIBO_BUSY: "Weibo is busy ({})", "微博繁忙（{}）";
    JOB_EXPIRED: "Weibo's job expired ({})", "微博任务超时（{}）";
    REMOTE_CALL_FAILED: "a remote call inside Weibo failed ({})", "微博内部调用失败（{}）";
    ILLEGAL_REQUEST: "the request is illegal ({})", "非法请求（{}）";
    NO_WEIBO_USER: "the account is not a valid Weibo user ({})", "账号不是有效的微博用户（{}）";
    NO_PARAMETER: "a parameter is missing ({})", "缺少参数（{}）";
    PARAMETER_OUT_OF_RANGE: "a parameter is out of range ({})", "参数超出范围（{}）";
    ADDRESS_CALLS_TOO_MUCH: "this IP address made too many calls ({})", "此 IP 调用过于频繁（{}）";
    ACCOUNT_CALLS_TOO_MUCH: "this account made too many calls ({})", "此账号调用过于频繁（{}）";
    ACCOUNT_CALLS_KIND_TOO_MUCH: "this account made too many calls of this kind ({})", "此账号调用该接口过于频繁（{}）";
    AUTHENTICATION_FAILED: "the authentication failed ({})", "认证失败（{}）";
    TOKEN_USED: "the access token was used already ({})", "访问令牌已被使用（{}）";
    TOKEN_EXPIRED: "the access token expired ({})", "访问令牌已过期（{}）";
    TOKEN_REVOKED: "the access token was revoked ({})", "访问令牌已被撤销（{}）";
    TOKEN_REJECTED: "the access token was rejected ({})", "访问令牌被拒绝（{}）";
    AUTHORISATION_REMOVED: "the authorisation was removed ({})", "授权已解除（{}）";
    SERVICE_UNAVAILABLE_NOW: "the service is unavailable for now ({})", "服务暂不可用（{}）";
    TOKEN_INVALID: "the access token is not valid ({})", "访问令牌无效（{}）";
    ACCOUNT_ONLY: "only the account itself may ask for this ({})", "只有账号本人可以调用（{}）";
    NO_DEVELOPER_MODE: "developer mode is off for this account ({})", "此账号未开启开发者模式（{}）";
}
