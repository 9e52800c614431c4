//! Placeholder.
#[derive(Debug)]
pub(super) struct Pattern;
impl Pattern {
    pub(super) fn parse(_: &str) -> Result<Self, &'static str> { Ok(Self) }
    pub(super) fn is_match(&self, _: &str) -> bool { false }
}
