//! Bases: the ownership scopes that a grant can read.

use serde_json::Value;

use crate::api::{API_ORIGIN, Call, Client};
use crate::catalog::{Anchor, BaseKind};
use crate::error::{Error, ErrorCode, Result, Violation, violation};
use crate::json::{object, texts};
use crate::oauth::scopes;
use crate::text::last_segment;

use super::collection::{Collection, read_all};

/// A base, as an operation names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// `me`: the user who granted.
    Me,
    /// `organization`: that user's organization.
    OwnOrganization,
    /// A named one.
    Named(BaseKind, String),
}

impl Base {
    /// Reads `me`, `organization`, `user:<id>`, `organization:<id>`, `group:<id>` or a URI.
    ///
    /// # Errors
    /// A violation that names what can be given.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let named = |kind, id: &str| {
            is_id(id).then(|| Self::Named(kind, format!("{API_ORIGIN}/{}/{id}", collection(kind))))
        };
        let parsed = match text {
            "me" => Some(Self::Me),
            "organization" => Some(Self::OwnOrganization),
            _ => match text.split_once(':') {
                Some(("user", id)) => named(BaseKind::User, id),
                Some(("organization", id)) => named(BaseKind::Organization, id),
                Some(("group", id)) => named(BaseKind::Group, id),
                Some(("https", _)) => {
                    let mut segments = text.rsplit('/');
                    let (id, kind) = (segments.next(), segments.next());
                    let kind = KINDS.into_iter().find(|of| kind == Some(collection(*of)));
                    kind.zip(id).and_then(|(kind, id)| named(kind, id))
                }
                _ => None,
            },
        };
        parsed.ok_or_else(|| {
            violation(
                "/config/baseId",
                "base",
                "There is no such base; give me, organization, user:<id>, organization:<id>, \
                 group:<id> or a Calendly URI (calendly.listBases lists them)",
            )
        })
    }

    /// Its name as given.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Me => "me",
            Self::OwnOrganization => "organization",
            Self::Named(_, uri) => uri,
        }
    }

    /// Whose records the base holds.
    #[must_use]
    pub const fn kind(&self) -> BaseKind {
        match self {
            Self::Me => BaseKind::User,
            Self::OwnOrganization => BaseKind::Organization,
            Self::Named(kind, _) => *kind,
        }
    }

    /// The query parameters that tell Calendly whose records are asked for: a colleague's and a
    /// group's need the organization besides.
    ///
    /// # Errors
    /// When the account has to be asked for and does not answer.
    pub fn anchors(&self, client: &Client<'_>) -> Result<Vec<(&'static str, String)>> {
        let account = Account::of(client)?;
        let pair = |kind: BaseKind, uri: &str| (kind.name(), uri.to_owned());
        Ok(match self {
            Self::Me => vec![pair(BaseKind::User, &account.user)],
            Self::OwnOrganization => vec![pair(BaseKind::Organization, &account.organization)],
            Self::Named(kind @ BaseKind::Organization, uri) => vec![pair(*kind, uri)],
            Self::Named(kind, uri) if *uri == account.user => vec![pair(*kind, uri)],
            Self::Named(kind, uri) => {
                vec![pair(BaseKind::Organization, &account.organization), pair(*kind, uri)]
            }
        })
    }

    /// Tells a collection whose records are asked for.
    ///
    /// # Errors
    /// `invalid-input` when Calendly has them for the account alone and the base is another's;
    /// when the account has to be asked for and does not answer.
    pub(super) fn anchor(
        &self,
        client: &Client<'_>,
        anchor: &Anchor,
        collection: &mut Collection,
    ) -> Result<()> {
        let parameters = &mut collection.parameters;
        match anchor {
            Anchor::Account => self.check_is_own(client)?,
            Anchor::Caller => {
                self.check_is_own(client)?;
                let user = Account::of(client)?.user;
                collection.implied.push(("user", user.as_str().into()));
                parameters.push(("user", user));
            }
            Anchor::Owner => parameters.extend(self.anchors(client)?),
            Anchor::OwnerUser if self.kind() == BaseKind::User => {
                parameters.push(("user", self.user(client)?));
            }
            Anchor::OwnerUser => self.check_is_own(client)?,
            Anchor::Organization => parameters.push(("organization", self.organization(client)?)),
            Anchor::InOrganization => {
                collection.path = self.in_organization(client, &collection.path)?;
            }
            Anchor::Scope => parameters.extend(self.scope(client)?),
            Anchor::Members if self.kind() == BaseKind::User => {
                let user = self.user(client)?;
                let path = path_of(&user)
                    .ok_or_else(|| Error::internal("The account's user has no id."))?;
                *collection = Collection { scopes: &["users:read"], path, ..Collection::default() };
            }
            Anchor::Members => parameters.push(("organization", self.organization(client)?)),
            // The parents are told; what is below them follows.
            Anchor::Parent(_) => {}
        }
        Ok(())
    }

    /// The URI of the base's organization.
    ///
    /// # Errors
    /// When the account has to be asked for and does not answer.
    pub fn organization(&self, client: &Client<'_>) -> Result<String> {
        match self {
            Self::Named(BaseKind::Organization, uri) => Ok(uri.clone()),
            _ => Ok(Account::of(client)?.organization),
        }
    }

    /// The path with the id of the base's organization in it.
    ///
    /// # Errors
    /// When the account has to be asked for and does not answer.
    pub fn in_organization(&self, client: &Client<'_>, path: &str) -> Result<String> {
        let organization = self.organization(client)?;
        let id = last_segment(&organization);
        if !is_id(id) {
            return Err(Error::internal("The account's organization has no id."));
        }
        match path.split_once('{').zip(path.split_once('}')) {
            Some(((before, _), (_, after))) => Ok(format!("{before}{id}{after}")),
            None => Ok(path.to_owned()),
        }
    }

    /// What Calendly calls a scope of subscriptions: `organization` and `scope`, with `user` or
    /// `group` by the base.
    ///
    /// # Errors
    /// When the account has to be asked for and does not answer.
    pub fn scope(&self, client: &Client<'_>) -> Result<Vec<(&'static str, String)>> {
        let organization = ("organization", self.organization(client)?);
        let scope = ("scope", self.kind().name().to_owned());
        Ok(match (self, self.kind()) {
            (Self::Named(kind @ BaseKind::Group, uri), _) => {
                vec![organization, scope, (kind.name(), uri.clone())]
            }
            (_, BaseKind::User) => vec![organization, scope, ("user", self.user(client)?)],
            _ => vec![organization, scope],
        })
    }

    /// Whether it is a user's, as it has to be for what belongs to a user.
    ///
    /// # Errors
    /// `invalid-input` when it is not.
    pub fn check_is_users(&self) -> Result<()> {
        if self.kind() == BaseKind::User {
            return Ok(());
        }
        Err(Error::invalid_input(vec![violation(
            "/config/baseId",
            "base",
            "What is created belongs to a user: give me or user:<id>",
        )]))
    }

    /// The URI of the base's user.
    ///
    /// # Errors
    /// `invalid-input` when it is not a user's base.
    pub fn user(&self, client: &Client<'_>) -> Result<String> {
        self.check_is_users()?;
        match self {
            Self::Named(_, uri) => Ok(uri.clone()),
            _ => Ok(Account::of(client)?.user),
        }
    }

    /// Refuses a base whose records are not the account's own, for what Calendly has for the
    /// account alone.
    ///
    /// # Errors
    /// `invalid-input` when it is somebody else's.
    pub fn check_is_own(&self, client: &Client<'_>) -> Result<()> {
        let Self::Named(_, uri) = self else { return Ok(()) };
        let account = Account::of(client)?;
        if *uri == account.user || *uri == account.organization {
            return Ok(());
        }
        Err(Error::invalid_input(vec![violation(
            "/config/baseId",
            "base",
            "Calendly has these records for the connected account alone: give me or organization",
        )]))
    }
}

/// The account behind a grant.
pub(super) struct Account {
    /// The user's URI.
    pub(super) user: String,
    /// The URI of the user's organization.
    pub(super) organization: String,
}

impl Account {
    /// From the grant, which the token endpoint told; Calendly is asked only when it did not.
    pub(super) fn of(client: &Client<'_>) -> Result<Self> {
        if let (Some(user), Some(organization)) = client.owner()? {
            return Ok(Self { user, organization });
        }
        let me = client.read_once("/users/me", &["users:read"])?;
        let (user, organization) =
            (&me["resource"]["uri"], &me["resource"]["current_organization"]);
        match (user.as_str(), organization.as_str()) {
            (Some(user), Some(organization)) => {
                Ok(Self { user: user.to_owned(), organization: organization.to_owned() })
            }
            _ => Err(Error::internal("Calendly's answer to /users/me names no account.")),
        }
    }
}

/// The bases the grant can read: the user, their organization, and its groups as far as the
/// grant's scopes reach.
///
/// # Errors
/// What any read can end in.
pub fn list_bases(client: &Client<'_>) -> Result<Value> {
    let account = Account::of(client)?;
    let granted = client.granted_scopes()?;
    let may = |scope| scopes::allows(&granted, scope);
    let read = |scope, uri: &str| -> Result<Value> {
        if may(scope) {
            match path_of(uri).map(|path| client.send(&Call::get(path))) {
                Some(Ok(answer)) => Ok(answer["resource"].clone()),
                // A plain member may not read the organization, but is part of it.
                Some(Err(error)) if error.code == ErrorCode::PermissionDenied => {
                    Ok(object! { "uri": uri })
                }
                Some(Err(error)) => Err(error),
                None => Ok(object! { "uri": uri }),
            }
        } else {
            Ok(object! { "uri": uri })
        }
    };
    let user = read("users:read", &account.user)?;
    let organization = read("organizations:read", &account.organization)?;
    let mut bases = vec![
        base(BaseKind::User, &user, &["me"]),
        base(BaseKind::Organization, &organization, &["organization"]),
    ];
    if may("groups:read") {
        let organization = ("organization", account.organization);
        let groups = match read_all(client, "/groups", vec![organization]) {
            Err(error) if error.code == ErrorCode::PermissionDenied => Vec::new(),
            groups => groups?,
        };
        for group in &groups {
            bases.push(base(BaseKind::Group, group, &[]));
        }
    }
    Ok(object! { "bases": Value::Array(bases) })
}

fn base(kind: BaseKind, resource: &Value, aliases: &[&str]) -> Value {
    let uri = resource["uri"].as_str().unwrap_or_default();
    let id = last_segment(uri);
    let name = resource["name"].as_str().unwrap_or(id);
    object! {
        "id": format!("{}:{id}", kind.name()),
        "kind": kind.name(),
        "name": name,
        "uri": uri,
        "aliases": texts(aliases),
    }
}

/// The path of a user's or organization's URI, made anew from its parts.
fn path_of(uri: &str) -> Option<String> {
    let mut segments = uri.rsplit('/');
    let (id, collection) = (segments.next()?, segments.next()?);
    let known = matches!(collection, "users" | "organizations");
    (known && is_id(id)).then(|| format!("/{collection}/{id}"))
}

const fn collection(kind: BaseKind) -> &'static str {
    match kind {
        BaseKind::User => "users",
        BaseKind::Organization => "organizations",
        BaseKind::Group => "groups",
    }
}

/// Calendly's ids are opaque: hyphenated UUIDs, or letters and digits.
pub(super) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

const KINDS: [BaseKind; 3] = [BaseKind::User, BaseKind::Organization, BaseKind::Group];
