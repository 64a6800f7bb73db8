#!/usr/bin/env bash
# Builds every fuzz target into $OUT, with its seeds and the dictionary, as ClusterFuzzLite and OSS-Fuzz want it.
#
# Their images set SRC, OUT and SANITIZER. It runs without Docker too, and then needs nightly and cargo-fuzz:
#   OUT=out .clusterfuzzlite/build.sh && mkdir found && out/session found -runs=100000
set -euo pipefail

: "${OUT:?say where the targets go, such as OUT=out}"
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
if [ -n "${SRC:-}" ]; then cd "$SRC/ftproof"; else cd "$(dirname "$0")/.."; fi

# The images have a nightly of their own as the default; elsewhere it is asked for by name.
cargo=(cargo)
if ! rustc --version | grep -q nightly; then cargo=(cargo +nightly); fi
"${cargo[@]}" fuzz --version >/dev/null 2>&1 || {
  echo 'no cargo-fuzz; to get it: rustup toolchain install nightly && cargo install --locked cargo-fuzz' >&2
  exit 2
}

"${cargo[@]}" fuzz build --release --sanitizer "${SANITIZER:-none}"

host=$(rustc -vV | sed -n 's/^host: //p')
built=${CARGO_TARGET_DIR:-fuzz/target}/$host/release
pack() { # pack ZIP FOLDER: the files of a folder as one archive
  if command -v zip >/dev/null; then (cd "$2" && find . -name '*.seed' | zip -q -@ "$1"); else
    (cd "$2" && python3 -m zipfile -c "$1" ./*.seed)
  fi
}
for target in fuzz/fuzz_targets/*.rs; do
  name=$(basename "$target" .rs)
  # That one finds planted bugs: it is there to measure with.
  [ "$name" = planted ] && continue
  cp "$built/$name" "$OUT/"
  cp fuzz/ftp.dict "$OUT/$name.dict"
  seeds=fuzz/corpus/$name
  [ "$name" = differential ] && seeds=fuzz/corpus/session
  [ "$name" = server_bytes ] && seeds=fuzz/corpus/bytes
  rm -f "$OUT/${name}_seed_corpus.zip"
  if [ -d "$seeds" ]; then pack "$OUT/${name}_seed_corpus.zip" "$seeds"; fi
done
ls -l "$OUT"
