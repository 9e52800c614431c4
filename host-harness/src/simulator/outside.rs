//! What happens without the API: what people do on Calendly's pages, and Calendly by itself.

use super::errors::ApiError;
use super::resources::{event_type_deletion, form_filling, invitee_moves, recap_publication};
use super::timestamp::Timestamp;
use super::{Simulator, State};

/// Why something that people do on Calendly's pages was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status with which the API would refuse something like it.
    pub status: u16,
    /// What is wrong.
    pub message: String,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        let body = error.body();
        let message = match &error {
            ApiError::InvalidArgument(violations) => {
                let all = violations.iter().map(|one| format!("{} {}", one.parameter, one.message));
                all.collect::<Vec<_>>().join(", ")
            }
            _ => body["message"].as_str().unwrap_or_default().to_owned(),
        };
        Self { status: error.status(), message }
    }
}

impl Simulator {
    /// Cancels as the invitee, for nobody else. If nobody is left, the event is canceled.
    ///
    /// # Errors
    ///
    /// If there is no such invitee, it is canceled already, or the event has begun.
    pub fn cancel_as_invitee(&self, invitee: &str, reason: Option<&str>) -> Result<(), Refusal> {
        Ok(self.state.cancel_as_invitee(invitee, reason)?)
    }

    /// Moves an invitee to another time, given in UTC, as the invitee would: the invitee is
    /// canceled, and so is the event if nobody is left; a new invitee takes its place at the new
    /// time. Answers the URI of the new invitee, who can be moved again.
    ///
    /// # Errors
    ///
    /// If there is no such invitee, it is canceled already, the event has begun, or there is no
    /// room at the new time. Nothing is changed then.
    pub fn reschedule(&self, invitee: &str, start_time: &str) -> Result<String, Refusal> {
        Ok(self.state.reschedule(invitee, start_time)?)
    }

    /// Submits a routing form as a visitor, with answers to its questions, by their names. Answers
    /// the URI of the submission.
    ///
    /// # Errors
    ///
    /// If there is no such form, it is not published, or the answers do not fit its questions.
    pub fn submit_routing_form(
        &self,
        form: &str,
        answers: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        Ok(self.state.submit_routing_form(form, answers)?)
    }

    /// Publishes the recap of a scheduled event that is over, for its first host, as the notetaker
    /// would. Answers the URI of the recap.
    ///
    /// # Errors
    ///
    /// If there is no such event, it is canceled or not over, its recap has been published, or the
    /// plan has no recaps.
    pub fn publish_recap(&self, event: &str, summary: &str) -> Result<String, Refusal> {
        Ok(self.state.publish_recap(event, summary)?)
    }

    /// Replaces the summary of a recap, as its owner would in the app.
    ///
    /// # Errors
    ///
    /// If there is no such recap, or the plan has none.
    pub fn update_recap(&self, recap: &str, summary: &str) -> Result<(), Refusal> {
        Ok(self.state.update_recap(recap, summary)?)
    }

    /// Deletes a recap, as its owner would in the app.
    ///
    /// # Errors
    ///
    /// If there is no such recap, or the plan has none.
    pub fn delete_recap(&self, recap: &str) -> Result<(), Refusal> {
        Ok(self.state.delete_recap(recap)?)
    }

    /// Deletes an event type, as its owner would. It can still be read.
    ///
    /// # Errors
    ///
    /// If there is no such event type, or it is deleted already.
    pub fn delete_event_type(&self, event_type: &str) -> Result<(), Refusal> {
        Ok(self.state.delete_event_type(event_type)?)
    }
}

/// The same for the library and for the control endpoints.
impl State {
    pub(super) fn cancel_as_invitee(
        &self,
        invitee: &str,
        reason: Option<&str>,
    ) -> Result<(), ApiError> {
        invitee_moves::cancel(&mut self.world().account, invitee, reason, self.now())
    }

    pub(super) fn reschedule(&self, invitee: &str, start_time: &str) -> Result<String, ApiError> {
        let Some(start) = Timestamp::parse(start_time) else {
            return Err(ApiError::invalid("start_time", "must be a date-time in UTC"));
        };
        invitee_moves::reschedule(&mut self.world().account, invitee, start, self.now())
    }

    pub(super) fn submit_routing_form(
        &self,
        form: &str,
        answers: &[(&str, &str)],
    ) -> Result<String, ApiError> {
        form_filling::submit(&mut self.world().account, form, answers, self.now())
    }

    pub(super) fn publish_recap(&self, event: &str, summary: &str) -> Result<String, ApiError> {
        recap_publication::publish(&mut self.world().account, event, summary, self.now())
    }

    pub(super) fn update_recap(&self, recap: &str, summary: &str) -> Result<(), ApiError> {
        recap_publication::rewrite(&mut self.world().account, recap, summary, self.now())
    }

    pub(super) fn delete_recap(&self, recap: &str) -> Result<(), ApiError> {
        recap_publication::delete(&mut self.world().account, recap, self.now())
    }

    pub(super) fn delete_event_type(&self, event_type: &str) -> Result<(), ApiError> {
        event_type_deletion::delete(&mut self.world().account, event_type, self.now())
    }
}
