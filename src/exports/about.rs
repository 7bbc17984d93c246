//! What a file says of itself: of which edition, for whom, when and what for.

/// Who exported what, when, under which convention and for which purpose. It stands in the metadata of
/// every format that has a place for it.
#[derive(Clone, Debug)]
pub struct About {
    lines: Vec<(&'static str, String)>,
}

impl About {
    /// The lines, each a French name and what it says.
    pub fn new(lines: Vec<(&'static str, String)>) -> About {
        About { lines }
    }

    /// The lines in order.
    pub fn lines(&self) -> &[(&'static str, String)] {
        &self.lines
    }

    /// All of them as one text, a line each.
    pub(super) fn text(&self) -> String {
        let lines = self.lines.iter().map(|(name, value)| format!("{name} : {value}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}
