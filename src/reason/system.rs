//! TABLE: common errors of the operating system and of SQLite. All others keep their own words.

use std::io::{self, ErrorKind};

use super::{Code, Reason};

codes! {
    NO_SPACE: "No space left on device (os error {})", "磁盘空间不足（os error {}）";
    NO_PERMISSION: "Permission denied (os error {})", "没有权限（os error {}）";
    NO_FILE: "No such file or directory (os error {})", "文件或目录不存在（os error {}）";
    CONNECTION_REFUSED: "Connection refused (os error {})", "连接被拒绝（os error {}）";
    CONNECTION_RESET: "Connection reset by peer (os error {})", "连接被对方重置（os error {}）";
    ADDRESS_IN_USE: "Address already in use (os error {})", "地址已被占用（os error {}）";
    NO_SUCH_ADDRESS: "Cannot assign requested address (os error {})", "本机没有此地址（os error {}）";
    FILE_EXISTS: "File exists (os error {})", "已有同名文件（os error {}）";
    IS_A_DIRECTORY: "Is a directory (os error {})", "是目录（os error {}）";
    NOT_A_DIRECTORY: "Not a directory (os error {})", "不是目录（os error {}）";
    READ_ONLY: "Read-only file system (os error {})", "文件系统只读（os error {}）";

    DATABASE_FULL: "database or disk is full", "磁盘已满";
    DATABASE_LOCKED: "database is locked", "数据库被锁定";
    DATABASE_IO: "disk I/O error", "磁盘读写错误";
    DATABASE_MALFORMED: "database disk image is malformed", "数据库已损坏";
    DATABASE_READ_ONLY: "attempt to write a readonly database", "数据库只读";
    DATABASE_GONE: "`{}` is not the file that was opened: nothing is written before weibox is started again", "`{}` 已不是打开时的文件：重启 weibox 之前不会写入";
}

/// TABLE: the system error that each code stands for. Errors that are not listed keep the system's words.
const KINDS: &[(ErrorKind, Code)] = &[
    (ErrorKind::StorageFull, NO_SPACE),
    (ErrorKind::PermissionDenied, NO_PERMISSION),
    (ErrorKind::NotFound, NO_FILE),
    (ErrorKind::ConnectionRefused, CONNECTION_REFUSED),
    (ErrorKind::ConnectionReset, CONNECTION_RESET),
    (ErrorKind::AddrInUse, ADDRESS_IN_USE),
    (ErrorKind::AddrNotAvailable, NO_SUCH_ADDRESS),
    (ErrorKind::AlreadyExists, FILE_EXISTS),
    (ErrorKind::IsADirectory, IS_A_DIRECTORY),
    (ErrorKind::NotADirectory, NOT_A_DIRECTORY),
    (ErrorKind::ReadOnlyFilesystem, READ_ONLY),
];

/// A reason that was wrapped in an I/O error is returned unchanged.
impl From<&io::Error> for Reason {
    fn from(error: &io::Error) -> Self {
        if let Some(ours) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return ours.clone();
        }
        let code = KINDS.iter().find(|(kind, _)| *kind == error.kind()).map(|(_, code)| *code);
        match code.zip(error.raw_os_error()) {
            Some((code, number)) => code.with(i64::from(number)),
            None => Self::other(error),
        }
    }
}
