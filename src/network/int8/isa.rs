//! Which of a processor's instructions the kernels use.

use std::fmt;
use std::sync::OnceLock;

/// A set of instructions that there are kernels for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// None: plain loops, the truth that the others are held to.
    Scalar,
    /// x86-64 with AVX2: products of 16 bits.
    Avx2,
    /// x86-64 with AVX2 and AVX-VNNI: four products of 8 bits in one.
    AvxVnni,
    /// x86-64 with the AVX-512 form of the same instruction, on vectors of 256 bits.
    Avx512Vnni,
    /// 64-bit ARM: products of 8 bits, added in pairs.
    Neon,
    /// 64-bit ARM with the dot product: four products of 8 bits in one.
    NeonDot,
}

impl Isa {
    /// All, the slowest first.
    const ALL: [Self; 6] =
        [Self::Scalar, Self::Avx2, Self::AvxVnni, Self::Avx512Vnni, Self::Neon, Self::NeonDot];

    /// Those that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// The fastest that this processor has.
    #[must_use]
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::available().pop().unwrap_or(Self::Scalar))
    }

    /// Whether this processor has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        let found = match self {
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::AvxVnni => Self::Avx2.is_available() && is_x86_feature_detected!("avxvnni"),
            Self::Avx512Vnni => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
            }
            _ => false,
        };
        #[cfg(target_arch = "aarch64")]
        let found = match self {
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            Self::NeonDot => std::arch::is_aarch64_feature_detected!("dotprod"),
            _ => false,
        };
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let found = false;
        self == Self::Scalar || found
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "plain loops",
            Self::Avx2 => "AVX2",
            Self::AvxVnni => "AVX-VNNI",
            Self::Avx512Vnni => "AVX-512 VNNI",
            Self::Neon => "NEON",
            Self::NeonDot => "NEON with dot product",
        })
    }
}
