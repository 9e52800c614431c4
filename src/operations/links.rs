//! Links with which a meeting can be booked.

use super::{Access, Operation, input, shapes};
use crate::records::Base;

pub(super) const CREATE_SCHEDULING_LINK: Operation = Operation {
    name: "calendly.createSchedulingLink",
    label: "Create a scheduling link",
    description: "Makes a link with which an event type can be booked once.",
    input: &shapes::SCHEDULING_LINK,
    output: &shapes::WRITTEN,
    access: Access::Scopes(&["scheduling_links:write"]),
    run: |client, config| input::create(client, config, Base::Me, "scheduling_links"),
};

pub(super) const CREATE_SHARE: Operation = Operation {
    name: "calendly.createShare",
    label: "Create a share",
    description: "Makes a link to a one-on-one event type, with settings of its own; what is left \
                  out is as the event type has it.",
    input: &shapes::SHARE,
    output: &shapes::WRITTEN,
    access: Access::Scopes(&["shares:write"]),
    run: |client, config| input::create(client, config, Base::Me, "shares"),
};
