//! The life of an account: its states, and the steps from one to the next.

use std::fmt;
use std::str::FromStr;

use domain::{Fault, HasFault};

/// Where an account is in its life, as it is stored. Expiry is no state: it follows from the
/// convention's last day and the time of the request, so no job has to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Invited by those who decide; the person has not answered the letter. A request that
    /// nobody answered is no account yet.
    Invited,
    /// Asked for, and the person answered the letter; the local administrator has not decided.
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
    /// The person followed the link of the letter.
    ProveEmail,
    /// The local administrator approved the request.
    Validate,
    /// They refused it.
    Reject,
    /// The person accepted the clauses in force.
    AcceptClauses,
    /// The account is stopped.
    Suspend,
    /// It is taken up again, and the clauses are asked again.
    Resume,
    /// It is over.
    Close,
}

/// The step does not follow from the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("un compte « {from} » ne peut pas passer par l'étape « {step} »")]
pub struct BadStep {
    from: State,
    step: Step,
}

impl HasFault for BadStep {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A stored text that names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("état de compte inconnu")]
pub struct UnknownState;

impl HasFault for UnknownState {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl State {
    /// Every state.
    pub const ALL: [State; 7] = [
        State::Invited,
        State::Proved,
        State::Validated,
        State::Active,
        State::Suspended,
        State::Rejected,
        State::Closed,
    ];

    /// The state after a step.
    ///
    /// # Errors
    /// [`BadStep`] where the step does not follow.
    pub fn after(self, step: Step) -> Result<State, BadStep> {
        use State::*;
        match (self, step) {
            // The decision was taken with the invitation.
            (Invited, Step::ProveEmail) | (Proved, Step::Validate) => Ok(Validated),
            (Proved, Step::Reject) => Ok(Rejected),
            // Asked again of an account in service when the text changed.
            (Validated | Active, Step::AcceptClauses) => Ok(Active),
            (Validated | Active, Step::Suspend) => Ok(Suspended),
            (Suspended, Step::Resume) => Ok(Validated),
            (Invited | Proved | Validated | Active | Suspended, Step::Close) => Ok(Closed),
            (from, step) => Err(BadStep { from, step }),
        }
    }

    /// Whether somebody may sign in: then the clauses can be read and accepted.
    pub fn may_sign_in(self) -> bool {
        matches!(self, State::Validated | State::Active)
    }

    /// Whether the account is over: it takes no seat, and the person may come back by another one.
    pub fn is_over(self) -> bool {
        matches!(self, State::Rejected | State::Closed)
    }

    /// The steps that somebody who decides about the account may take from here.
    pub fn decisions(self) -> impl Iterator<Item = Step> {
        Step::DECISIONS.into_iter().filter(move |step| self.after(*step).is_ok())
    }

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            State::Invited => "invite",
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

    /// The steps that others decide; the person takes those that are left.
    pub const DECISIONS: [Step; 5] =
        [Step::Validate, Step::Reject, Step::Suspend, Step::Resume, Step::Close];

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
            "invite preuve valide",
            "invite fermeture ferme",
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
