//! TABLE: what is wrong with TLS files, and what to do about each fault.

codes! {
    TLS_UNREAD: "cannot read `{}` for TLS: {}", "无法读取 TLS 文件 `{}`：{}";
    TLS_UNUSABLE: "cannot use `{}` for TLS: {}", "TLS 文件 `{}` 不可用：{}";
    TLS_NO_PAIR: "it is not the key of the certificate `{}`", "不是证书 `{}` 的私钥";
    TLS_UNSUPPORTED: "TLS cannot be set up", "无法启用 TLS";

    // A file
    PEM_EMPTY: "it is empty", "文件为空";
    PEM_TOO_LONG: "it is longer than 1 MiB", "文件超过 1 MiB";
    PEM_UTF16: "it is UTF-16, not plain text", "是 UTF-16 编码，不是纯文本";
    PEM_BOM: "it begins with a byte order mark (BOM)", "开头有 BOM（字节顺序标记）";
    PEM_BINARY: "it is binary (DER or PKCS #12), not PEM", "是二进制（DER 或 PKCS #12），不是 PEM";
    PEM_NONE: "there is no PEM in it", "其中没有 PEM 内容";
    PEM_JOINED_LINES: "its PEM has lost its line breaks", "PEM 的换行丢失了";
    PEM_INDENTED: "the lines of its PEM are indented", "PEM 的各行前有缩进";
    PEM_DAMAGED: "its PEM is cut off or damaged", "PEM 不完整或已损坏";
    PEM_ENCRYPTED: "its private key is encrypted", "私钥已加密";
    PEM_CERTIFICATE_FOR_KEY: "it holds a certificate where the private key belongs", "应为私钥，却是证书";
    PEM_KEY_FOR_CERTIFICATE: "it holds a private key where the certificate belongs", "应为证书，却是私钥";
    PEM_REQUEST: "it holds a certificate request, not a certificate", "是证书请求（CSR），不是证书";
    PEM_PUBLIC_KEY: "it holds a public key, not a private one", "是公钥，不是私钥";
    PEM_OPENSSH: "it holds a key in the format of OpenSSH", "是 OpenSSH 格式的密钥";
    PEM_NO_CERTIFICATE: "there is no certificate in it", "其中没有证书";
    PEM_NO_KEY: "there is no private key in it", "其中没有私钥";
    PEM_BAD_CERTIFICATE: "its certificate cannot be read", "其中的证书无法解析";
    PEM_BAD_KEY: "its private key is neither RSA, ECDSA (P-256, P-384) nor Ed25519", "其中的私钥不是 RSA、ECDSA（P-256、P-384）或 Ed25519";

    // What to do
    READABLE_TLS: "name a file that you may read with `{}`", "用 `{}` 指定可读的文件";
    KEY_OF_CERTIFICATE: "name the key that `{}` was made for with `--tls-key`", "用 `--tls-key` 指定与 `{}` 成对的私钥";
    PROXY_TLS: "leave `tls.cert` and `tls.key` out, and let a proxy speak TLS", "去掉 `tls.cert` 与 `tls.key`，由反向代理提供 TLS";
    SAVE_PLAIN: "save `{}` as plain ASCII, without a mark before it", "把 `{}` 另存为不带 BOM 的纯文本";
    CONVERT_CERTIFICATE: "`openssl x509 -inform der -in {} -out FILE.pem` writes it as PEM", "可用 `openssl x509 -inform der -in {} -out FILE.pem` 转成 PEM";
    CONVERT_KEY: "`openssl pkey -inform der -in {} -out FILE.pem` writes it as PEM", "可用 `openssl pkey -inform der -in {} -out FILE.pem` 转成 PEM";
    COPY_AGAIN: "copy `{}` again as it was made, with its line breaks", "重新原样复制 `{}`，保留换行";
    DECRYPT_KEY: "`openssl pkey -in {} -out FILE.pem` writes it without its passphrase", "可用 `openssl pkey -in {} -out FILE.pem` 去掉密码";
    KEY_OF_A_CERTIFICATE: "name a key that was made for a certificate in the place of `{}`", "不要用 `{}`，请指定与证书成对的私钥";
    NAME_CERTIFICATE: "name the PEM file of the certificate chain with `--tls-cert` in the place of `{}`", "用 `--tls-cert` 指定证书链的 PEM 文件，而不是 `{}`";
    NAME_KEY: "name the PEM file of the private key with `--tls-key` in the place of `{}`", "用 `--tls-key` 指定私钥的 PEM 文件，而不是 `{}`";
}
