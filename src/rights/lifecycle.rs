//! The life of an account: its states, and the steps from one to the next.

use std::fmt;
use std::str::FromStr;

/// Where an account is in its life, as it is stored. Expiry is no state: it follows from the
/// convention's last day and the time of the request, so no job has to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Asked for; the address is not proved.
    Requested,
    /// The person answered the e-mail; the local administrator has not.
    Proved,
    /// Approved; the clauses are not accepted.
    Validated,
    /// In service.
    Active,
    /// Stopped by the operator or the local administrator.
    Suspended,
    /// The request was refused.
    Rejected,
    /// Ended for good.
    Closed,
}

/// What happens to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    ProveEmail,
    Validate,
    Reject,
    AcceptClauses,
    Suspend,
    Resume,
    Close,
}

/// The step does not follow from the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("un compte « {from} » ne peut pas passer par l'étape « {step} »")]
pub struct BadStep {
    from: State,
    step: Step,
}

/// A stored text that names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownState;

impl State {
    /// Every state.
    pub const ALL: [State; 7] = [
        State::Requested,
        State::Proved,
        State::Validated,
        State::Active,
        State::Suspended,
        State::Rejected,
        State::Closed,
    ];

    /// The state after a step, if the step follows.
    pub fn after(self, step: Step) -> Result<State, BadStep> {
        use State::*;
        match (self, step) {
            (Requested, Step::ProveEmail) => Ok(Proved),
            (Proved, Step::Validate) => Ok(Validated),
            (Requested | Proved, Step::Reject) => Ok(Rejected),
            // Asked again of an account in service when the text changed.
            (Validated | Active, Step::AcceptClauses) => Ok(Active),
            (Validated | Active, Step::Suspend) => Ok(Suspended),
            (Suspended, Step::Resume) => Ok(Validated),
            (Requested | Proved | Validated | Active | Suspended, Step::Close) => Ok(Closed),
            (from, step) => Err(BadStep { from, step }),
        }
    }

    /// Whether somebody may sign in: then the clauses can be read and accepted.
    pub fn may_sign_in(self) -> bool {
        matches!(self, State::Validated | State::Active)
    }

    /// Whether the account takes one of its convention's places.
    pub fn takes_a_seat(self) -> bool {
        !matches!(self, State::Rejected | State::Closed)
    }

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            State::Requested => "demande",
            State::Proved => "prouve",
            State::Validated => "valide",
            State::Active => "actif",
            State::Suspended => "suspendu",
            State::Rejected => "rejete",
            State::Closed => "ferme",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<State, UnknownState> {
        State::ALL.into_iter().find(|state| state.id() == text).ok_or(UnknownState)
    }
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 7] = [
        Step::ProveEmail,
        Step::Validate,
        Step::Reject,
        Step::AcceptClauses,
        Step::Suspend,
        Step::Resume,
        Step::Close,
    ];

    /// The identifier in the journal.
    pub fn id(self) -> &'static str {
        match self {
            Step::ProveEmail => "preuve",
            Step::Validate => "validation",
            Step::Reject => "rejet",
            Step::AcceptClauses => "clauses",
            Step::Suspend => "suspension",
            Step::Resume => "reprise",
            Step::Close => "fermeture",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole machine, so that a change of it is seen: state, step, state after.
    #[test]
    fn every_step_from_every_state_is_written_down() {
        let lines = [
            "demande preuve prouve",
            "demande rejet rejete",
            "demande fermeture ferme",
            "prouve validation valide",
            "prouve rejet rejete",
            "prouve fermeture ferme",
            "valide clauses actif",
            "valide suspension suspendu",
            "valide fermeture ferme",
            "actif clauses actif",
            "actif suspension suspendu",
            "actif fermeture ferme",
            "suspendu reprise valide",
            "suspendu fermeture ferme",
        ];
        let mut found = Vec::new();
        for state in State::ALL {
            for step in Step::ALL {
                if let Ok(after) = state.after(step) {
                    found.push(format!("{state} {step} {after}"));
                }
            }
        }
        assert_eq!(found, lines);
    }

    #[test]
    fn nothing_leads_back_from_the_end_and_nobody_is_in_service_without_clauses() {
        for step in Step::ALL {
            assert!(State::Closed.after(step).is_err() && State::Rejected.after(step).is_err());
        }
        for state in State::ALL {
            assert_eq!(state.id().parse(), Ok(state));
            for step in Step::ALL.into_iter().filter(|step| *step != Step::AcceptClauses) {
                assert_ne!(state.after(step), Ok(State::Active));
            }
        }
    }
}
