//! How the demo tells what it does.

use super::super::terminal::Terminal;
use super::unexpected;
use crate::error::HostError;

/// The steps as they are told and counted.
pub(super) struct Script<'t> {
    terminal: &'t mut Terminal,
    steps: usize,
}

impl<'t> Script<'t> {
    pub(super) fn new(terminal: &'t mut Terminal) -> Self {
        Self { terminal, steps: 0 }
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) {
        self.steps += 1;
        self.terminal.say(&format!("{:>2}. {title}", self.steps));
    }

    /// Tells what came back.
    pub(super) fn tell(&mut self, text: &str) {
        for line in text.lines() {
            self.terminal.say(&format!("    {line}"));
        }
    }

    /// Tells what came back, if it is what has to come back.
    pub(super) fn expect(&mut self, holds: bool, text: &str) -> Result<(), HostError> {
        if !holds {
            return Err(unexpected(text));
        }
        self.tell(text);
        Ok(())
    }

    /// How many steps there were; all of them passed, or there was an error.
    pub(super) fn passed(&self) -> usize {
        self.steps
    }
}
