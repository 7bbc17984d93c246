//! Arithmetic modulo the prime 2⁶¹ − 1: it finds candidates, each of which is verified in exact integers.

/// The modulus.
pub const P: u64 = (1 << 61) - 1;

pub fn sub(a: u64, b: u64) -> u64 {
    if a >= b { a - b } else { a + P - b }
}

/// The product of two residues: 2⁶¹ is 1, so the high bits are added to the low ones.
pub fn mul(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let folded = (product as u64 & P) + (product >> 61) as u64;
    if folded >= P { folded - P } else { folded }
}

/// The inverse of a residue that is not 0.
pub fn inverse(a: u64) -> u64 {
    let (mut power, mut result, mut exponent) = (a, 1, P - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = mul(result, power);
        }
        power = mul(power, power);
        exponent >>= 1;
    }
    result
}

/// The fraction of small numerator and denominator that has this residue, if there is one.
pub fn fraction(residue: u64) -> Option<(i64, i64)> {
    const BOUND: i128 = 1 << 29;
    let (mut r0, mut r1) = (i128::from(P), i128::from(residue));
    let (mut t0, mut t1) = (0i128, 1i128);
    while r1 > BOUND {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (t0, t1) = (t1, t0 - quotient * t1);
    }
    let (numerator, denominator) = if t1 < 0 { (-r1, -t1) } else { (r1, t1) };
    (denominator != 0 && denominator <= BOUND).then_some((numerator as i64, denominator as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: i64) -> u64 {
        value.rem_euclid(P as i64) as u64
    }

    #[test]
    fn a_fraction_comes_back_from_its_residue() {
        for (numerator, denominator) in [(0, 1), (1, 2), (-1, 2), (7, 3), (-1000, 999)] {
            let residue = mul(of(numerator), inverse(of(denominator)));
            assert_eq!(fraction(residue), Some((numerator, denominator)));
        }
        assert_eq!(mul(P - 1, P - 1), 1);
        assert_eq!(sub(4, 5), P - 1);
    }
}
