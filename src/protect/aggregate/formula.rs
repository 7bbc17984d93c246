//! The formulas of the catalogue, compiled to steps over the slots of a record. The syntax, and what a
//! missing value does, is `domain::formula`'s.

use domain::formula::{BadSyntax, Comparison, Expression};
use domain::{Fault, HasFault};

/// A value that is not known.
const MISSING: i64 = i64::MIN;

/// The formula cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadFormula {
    #[error(transparent)]
    Syntax(#[from] BadSyntax),
    #[error("« {0} » n'est ni une colonne du schéma ni un nom connu")]
    Name(String),
    #[error("« {0} » n'est pas une valeur de la colonne à laquelle on la compare")]
    Code(String),
}

impl HasFault for BadFormula {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// What the names of a formula mean.
pub trait Names {
    /// The place of a column's value in the slots given to [`Formula::value`].
    fn slot(&self, name: &str) -> Option<usize>;
    /// The integer that stands for a code of a column.
    fn code(&self, column: &str, code: &str) -> Option<i32>;
    /// The value of a name that is the same for every record.
    fn constant(&self, name: &str) -> Option<i32>;
}

/// A formula ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Formula {
    steps: Vec<Step>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Constant(i64),
    Slot(usize),
    Known(usize),
    Not,
    Add,
    Subtract,
    Compare(Comparison),
    /// Whether the value under the `n` others on the stack is one of them.
    In(usize),
    And,
    Or,
}

impl Formula {
    /// Reads a formula.
    pub fn parse(text: &str, names: &dyn Names) -> Result<Formula, BadFormula> {
        let mut steps = Vec::new();
        compile(&Expression::parse(text)?, names, &mut steps)?;
        // No step pushes more than one value.
        Ok(Formula { depth: steps.len(), steps })
    }

    /// The value of the formula for one record, or `None` if it is not known. `slots` holds the
    /// record's values, `missing` those that are absent; `stack` is scratch space.
    pub fn value(&self, slots: &[i32], missing: i32, stack: &mut Vec<i64>) -> Option<i64> {
        stack.clear();
        stack.reserve(self.depth);
        for step in &self.steps {
            let value = match *step {
                Step::Constant(value) => value,
                Step::Slot(slot) if slots[slot] == missing => MISSING,
                Step::Slot(slot) => i64::from(slots[slot]),
                Step::Known(slot) => i64::from(slots[slot] != missing),
                Step::Not => match pop(stack) {
                    MISSING => MISSING,
                    value => i64::from(value == 0),
                },
                Step::Add => with_both(stack, |left, right| left + right),
                Step::Subtract => with_both(stack, |left, right| left - right),
                Step::Compare(comparison) => {
                    with_both(stack, |left, right| i64::from(comparison.holds(left, right)))
                }
                Step::In(count) => is_in(stack, count),
                Step::And => {
                    let (right, left) = (pop(stack), pop(stack));
                    if left == 0 || right == 0 { 0 } else { left.min(right).min(1) }
                }
                Step::Or => {
                    let (right, left) = (pop(stack), pop(stack));
                    let is_true = |value: i64| value != 0 && value != MISSING;
                    if is_true(left) || is_true(right) { 1 } else { left.min(right) }
                }
            };
            stack.push(value);
        }
        Some(pop(stack)).filter(|value| *value != MISSING)
    }

    /// Whether the formula is known and not 0.
    pub fn holds(&self, slots: &[i32], missing: i32, stack: &mut Vec<i64>) -> bool {
        self.value(slots, missing, stack).is_some_and(|value| value != 0)
    }
}

/// The parser pushes an operand before each operator, so the stack is never empty here.
fn pop(stack: &mut Vec<i64>) -> i64 {
    stack.pop().unwrap_or(MISSING)
}

fn with_both(stack: &mut Vec<i64>, combine: impl Fn(i64, i64) -> i64) -> i64 {
    let (right, left) = (pop(stack), pop(stack));
    if left == MISSING || right == MISSING { MISSING } else { combine(left, right) }
}

fn is_in(stack: &mut Vec<i64>, count: usize) -> i64 {
    let members = stack.len() - count;
    let value = stack[members - 1];
    let list = &stack[members..];
    let answer = if value == MISSING {
        MISSING
    } else if list.contains(&value) {
        1
    } else if list.contains(&MISSING) {
        MISSING
    } else {
        0
    };
    stack.truncate(members - 1);
    answer
}

/// Appends the steps of an expression: operands first. The syntax bounds its depth.
fn compile(
    expression: &Expression,
    names: &dyn Names,
    steps: &mut Vec<Step>,
) -> Result<(), BadFormula> {
    let slot = |name: &String| names.slot(name).ok_or_else(|| BadFormula::Name(name.clone()));
    let step = match expression {
        Expression::Integer(value) => Step::Constant((*value).into()),
        Expression::Code { name, code } => {
            let value = name.as_ref().and_then(|name| names.code(name, code));
            Step::Constant(value.ok_or_else(|| BadFormula::Code(code.clone()))?.into())
        }
        Expression::Name(name) => match names.constant(name) {
            Some(value) => Step::Constant(value.into()),
            None => Step::Slot(slot(name)?),
        },
        Expression::Known(name) => Step::Known(slot(name)?),
        Expression::Not(inner) => {
            compile(inner, names, steps)?;
            Step::Not
        }
        Expression::In(value, list) => {
            compile(value, names, steps)?;
            list.iter().try_for_each(|entry| compile(entry, names, steps))?;
            Step::In(list.len())
        }
        Expression::Add(left, right)
        | Expression::Subtract(left, right)
        | Expression::Compare(left, _, right)
        | Expression::And(left, right)
        | Expression::Or(left, right) => {
            compile(left, names, steps)?;
            compile(right, names, steps)?;
            match expression {
                Expression::Add(..) => Step::Add,
                Expression::Subtract(..) => Step::Subtract,
                Expression::Compare(_, comparison, _) => Step::Compare(*comparison),
                Expression::And(..) => Step::And,
                _ => Step::Or,
            }
        }
    };
    steps.push(step);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Toy;

    impl Names for Toy {
        fn slot(&self, name: &str) -> Option<usize> {
            ["A", "B", "LETTRE"].into_iter().position(|known| known == name)
        }

        fn code(&self, column: &str, code: &str) -> Option<i32> {
            (column == "LETTRE")
                .then(|| ["x", "y"].into_iter().position(|known| known == code))?
                .map(|at| at as i32 + 1)
        }

        fn constant(&self, name: &str) -> Option<i32> {
            (name == "REFERENCE").then_some(100)
        }
    }

    /// A is 7, B is missing, LETTRE is 'y'.
    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let formula = Formula::parse(text, &Toy).unwrap();
        assert_eq!(formula.value(&[7, i32::MIN, 2], i32::MIN, &mut Vec::new()), expected, "{text}");
    }

    #[test]
    fn sums_and_comparisons_follow_arithmetic() {
        check("1", Some(1));
        check("A + 2 - 4", Some(5));
        check("REFERENCE - A < 94 && A >= 7", Some(1));
        check("A < 7 || A > 7", Some(0));
        check("!(A = 7)", Some(0));
        check("A != 7 || A = 7 && A in (1, 7)", Some(1));
        check("LETTRE = 'y'", Some(1));
        check("LETTRE in ('x')", Some(0));
    }

    #[test]
    fn a_missing_value_is_never_zero() {
        check("B", None);
        check("B + 1", None);
        check("B = 0", None);
        check("!(B = 0)", None);
        check("known(B)", Some(0));
        check("known(B) && B = 0", Some(0));
        check("B = 0 || A = 7", Some(1));
        check("B = 0 && A = 7", None);
        check("B in (0, 1)", None);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["", "A +", "C", "A = 'x'", "LETTRE = 'z'", "known(C)"] {
            assert!(Formula::parse(text, &Toy).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[AB()&|=<>+!'inxy0-9 ,-]{0,40}") {
            if let Ok(formula) = Formula::parse(&text, &Toy) {
                formula.value(&[7, i32::MIN, 2], i32::MIN, &mut Vec::new());
            }
        }
    }
}
