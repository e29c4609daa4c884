# For Homebrew. The release workflow fills in the address and the checksum. Not built on macOS yet, only read by Ruby.
class Weibox < Formula
  desc "Terminal inbox of a verified Weibo account"
  homepage "@REPOSITORY@"
  url "@REPOSITORY@/archive/refs/tags/v0.1.0.tar.gz"
  sha256 "@SHA256@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    generate_completions_from_executable(bin/"weibox", "completions")
    (share/"man/zh_CN/man1/weibox.1").write Utils.safe_popen_read({ "LC_ALL" => "zh_CN.UTF-8" }, bin/"weibox", "man")
    (man1/"weibox.1").write Utils.safe_popen_read({ "LC_ALL" => "C.UTF-8" }, bin/"weibox", "man")
  end

  service do
    run [opt_bin/"weibox", "serve"]
    keep_alive true
    log_path File::NULL
    error_log_path var/"log/weibox.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/weibox --version")
    assert_match "listen", shell_output("#{bin}/weibox --data-dir #{testpath} config")
  end
end
