# What the scripts share; each sources it. It moves to the project's root and stops at the first error.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tools that setup installs for this project alone.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/sleevesight/tools
export PATH=$tools/bin:$HOME/.cargo/bin:$PATH

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
