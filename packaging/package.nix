# For nixpkgs: `callPackage ./packaging/package.nix { }` from a checkout. Not built by Nix yet, only parsed.
{ lib, rustPlatform, installShellFiles }:

rustPlatform.buildRustPackage {
  pname = "weibox";
  version = "0.1.0";
  src = lib.cleanSource ../.;
  cargoLock.lockFile = ../Cargo.lock;
  buildType = "dist";
  nativeBuildInputs = [ installShellFiles ];
  # The tests start servers and programs that a sandbox has not.
  doCheck = false;

  postInstall = ''
    packaging/prepare "$out/bin/weibox" package
    installManPage package/weibox.1
    install -Dm644 package/zh_CN/weibox.1 "$out/share/man/zh_CN/man1/weibox.1"
    installShellCompletion --cmd weibox --bash package/weibox.bash --zsh package/_weibox --fish package/weibox.fish
  '';

  meta = {
    description = "The terminal inbox of a verified Weibo account";
    license = with lib.licenses; [ mit asl20 ];
    mainProgram = "weibox";
    platforms = lib.platforms.unix;
  };
}
