# What the virtual boards share; each script that boots one sources it.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

# Builds the program for a board in this profile, with the feeder that virtual-board needs: one build serves all boards.
# Sets $built to the folder and $kernel to the kernel's.
build_board() {
    scripts/setup board
    kernel=$(scripts/board/kernel)
    scripts/cross build --profile "$1" --bin sleevesight --example board-feeder
    built=${CARGO_TARGET_DIR:-target}/cross/aarch64-unknown-linux-gnu/$1
}

# Fills a folder with what every board has: what it runs first, the modules in their order, the program, and a bundle.
furnish() {
    local root=$1 init=$2 order=$3 module library
    mkdir -p "$root"/{bin,sbin,lib,etc,modules,models/lite0,scenes}
    cp "$init" "$root/init"
    cp "$(dpkg -L busybox-static:arm64 | grep -x '/.*bin/busybox')" "$root/bin/busybox"
    cp "$built/sleevesight" "$root/bin/"
    # The programs' libraries, where the loader looks for them.
    for library in ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libgcc_s.so.1; do
        cp "/lib/aarch64-linux-gnu/$library" "$root/lib/"
    done
    cp "$kernel/modules/$order" "$root/modules/order"
    while read -r module; do cp "$kernel/modules/$module" "$root/modules/"; done <"$kernel/modules/$order"
    cp -r models/default/. "$root/models/lite0/"
}

# Makes of a folder what a kernel unpacks into its memory: not compressed, for an emulated processor takes long to undo
# that.
memory_of() {
    aarch64-linux-gnu-strip "$1"/bin/{sleevesight,board-feeder} 2>/dev/null || true
    (cd "$1" && find . | cpio --quiet -o -H newc) >"$2"
}

# How a board is started with this memory; what else it has follows.
board() {
    board=(qemu-system-aarch64 -M virt -accel "tcg,thread=multi" -cpu cortex-a72 -smp 2 -m 768 -nographic -no-reboot
        -kernel "$kernel/vmlinuz" -initrd "$1" -append "console=ttyAMA0 quiet panic=-1 random.trust_cpu=on" "${@:2}")
}
