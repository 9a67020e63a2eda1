#!/usr/bin/env bash
# What: clippy's `disallowed-methods` with a path that doesn't exist.
# Versions: clippy 0.1.95 (Rust 1.95.0), itoa 1.0.15.
#
# Behaviour: an entry of clippy.toml that names a function which a crate doesn't have (a typing mistake, or a function
# that an update has renamed) is reported by a warning that isn't a lint: `-D warnings` doesn't turn it into an error, and
# the exit status is 0. In a crate that doesn't depend on the named crate there is no word at all. So a ban can stop
# working in continuous integration without failing it.
# Source: observed; the warning itself suggests `allow-invalid = true` (clippy's configuration, `disallowed-methods`).
# Guess: with `-D warnings`, whatever clippy prints as a warning fails the run.
# Seen: right path: status 101. Wrong path: a warning, status 0. Wrong path, crate without the dependency: nothing, status 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir -p user/src stranger/src
cat > Cargo.toml <<'TOML'
[workspace]
resolver = "3"
members = ["user", "stranger"]
TOML
printf '[package]\nname = "user"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\nitoa = "=1.0.15"\n' > user/Cargo.toml
printf '[package]\nname = "stranger"\nversion = "0.0.0"\nedition = "2024"\n' > stranger/Cargo.toml
echo 'pub fn text() -> String { itoa::Buffer::new().format(1).to_owned() }' > user/src/lib.rs
echo 'pub fn nothing() {}' > stranger/src/lib.rs

# Prints the exit status of clippy for a package with a ban on a path, and whether it warned of the path.
ban() {
    printf 'disallowed-methods = ["%s"]\n' "$2" > clippy.toml
    touch "$1/src/lib.rs"
    local status=0
    cargo clippy --quiet --package "$1" -- -D warnings > output 2>&1 || status=$?
    local warned=silent
    if grep -q 'does not refer to a reachable function' output; then warned=warned; fi
    echo "$status $warned"
}

right=$(ban user itoa::Buffer::format)
wrong=$(ban user itoa::Buffer::fromat)
unknown=$(ban stranger itoa::Buffer::fromat)
echo "right path: $right"
echo "wrong path: $wrong"
echo "wrong path, crate without the dependency: $unknown"
[ "$right" = "101 silent" ] && [ "$wrong" = "0 warned" ] && [ "$unknown" = "0 silent" ]
