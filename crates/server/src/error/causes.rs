//! The causes of the statuses that have several, each with the body of its answer.

use axum::response::{IntoResponse, Response};
use vault::AccountId;

use super::Error;
use super::body::{Body, field_reason, message, reason, reasons};
use crate::input::Invalid;
use crate::messages::Message;

/// Declares the causes of a status as an enum, with the body of each next to it.
macro_rules! causes {
    ($($(#[$about_status:meta])* $status:ident {
        $($(#[$about:meta])* $cause:ident $(($value:ident: $type:ty))? => $body:expr,)*
    })*) => {$(
        $(#[$about_status])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $status {
            $($(#[$about])* $cause $(($type))?,)*
        }

        impl $status {
            /// The body of the answer.
            pub(super) fn body(&self) -> Body<'_> {
                match self {
                    $(Self::$cause $(($value))? => $body,)*
                }
            }
        }

        impl From<$status> for Error {
            fn from(cause: $status) -> Self {
                Self::$status(cause)
            }
        }

        impl IntoResponse for $status {
            fn into_response(self) -> Response {
                Error::from(self).into_response()
            }
        }
    )*};
}

causes! {
    /// Causes of a 400: the request can't be used as it is.
    BadRequest {
        /// The password that confirms an operation is wrong.
        WrongPassword => message(Message::WrongPassword),
        /// The user's password is with an external provider.
        ExternalAccount => message(Message::ExternalAccount),
        /// The only administrator can't delete their own account.
        LastAdmin => message(Message::LastAdminDelete),
        /// A link can't be mailed: the user's address is a made-up one.
        NoMailAddress => reason("bad request", Message::MailAddressMadeUp),
        /// The user has no password to be replaced, but signs in at a provider.
        NoPasswordOfProvider => reason("bad request", Message::PasswordAtProvider),

        /// The secret isn't base32.
        SecretNotBase32 => message(Message::SecretNotBase32),
        /// No code can be generated from these parameters, for this reason.
        OtpParameters(why: String) => reasons("invalid OTP parameters", why.as_str()),
        /// Parameters were sent next to a URI.
        UriNotAlone => field_reason("bad request", "uri", Message::UriAlone),
        /// The secret of this account can't be deciphered.
        Undecipherable(account: AccountId) => message(Message::Undecipherable.with("account", account.0)),
        /// The stored values of this account are damaged.
        DamagedAccount(account: AccountId) => message(Message::DamagedAccount.with("account", account.0)),
        /// More IDs than one request may name.
        TooManyIds => reasons("bad request", Message::TooManyIds),
        /// The list has no filters of these names.
        UnknownFilters(names: String) => {
            message(Message::FilterNotAllowed.with("filters", names).with("allowed", "nameOrEmail"))
        },

        /// A setting of Sixpin itself can't be deleted.
        NativeSetting => reasons("bad request", Message::NativeSetting),
        /// The icons couldn't be moved to or from the database.
        IconsNotMoved => message(Message::IconMigrationFailed),

        /// There is no QR code in the picture.
        QrNotDetected => message(Message::QrNotDetected),
        /// The QR code can't be decoded.
        QrNotDecoded => message(Message::QrNotDecoded),
        /// The QR code's checksum is wrong.
        QrChecksum => message(Message::QrChecksum),
        /// Pictures of this format can't be read.
        QrFormat(format: qr::PictureFormat) => message(Message::QrFormat.with("format", format)),
        /// The text is split over several QR codes, and these parts aren't in the picture.
        QrIncomplete(missing: String) => message(Message::QrIncomplete.with("missing", missing)),
        /// The picture can't be read.
        QrUnreadable => message(Message::QrUnreadable),

        /// No import format fits the file.
        ImportUnknownFormat => message(Message::ImportUnknownFormat),
        /// The file looks like an export of this application, but can't be read.
        ImportUnusable(format: imports::Format) => message(Message::ImportUnusable.with("format", format)),
        /// The file is encrypted.
        ImportEncrypted => message(Message::ImportEncrypted),
        /// The file has more entries than are imported at once.
        ImportTooManyEntries => message(Message::ImportTooManyEntries),

        /// The body has more fields than are read.
        BodyTooManyFields => message(Message::BodyTooManyFields),
        /// The body ended too early.
        BodyInterrupted => message(Message::BodyInterrupted),
    }

    /// Causes of a 401: the caller isn't known.
    Unauthorized {
        /// No credentials, or credentials that aren't valid.
        Unauthenticated => message(Message::Unauthenticated),
        /// A token that isn't accepted behind an auth proxy.
        TokenRefused => message(Message::Unauthenticated),
        /// The password or security key is wrong.
        WrongCredentials => message("unauthorized"),
        /// The operation is off in a demo.
        Demo => message(Message::Demo),
    }

    /// Causes of a 403: the caller is known, and may not do it.
    Forbidden {
        /// The caller has no right to it.
        NoRight => reason("forbidden", Message::ActionUnauthorized),
        /// While only single sign-on may be used, this is for administrators.
        AdministratorsOnly => reason("forbidden", Message::AdministratorsOnly),
        /// Registration is off.
        RegistrationOff => message("forbidden"),
        /// Sharing is off.
        SharingOff => message(Message::SharingDisabled),
        /// Sharing with all users is off.
        AllUsersSharingOff => message(Message::AllUsersScopeDisabled),
        /// The only administrator can't be deleted.
        LastAdminDeleted => message(Message::LastAdminDelete),
        /// The only administrator can't be demoted.
        LastAdminDemoted => message(Message::LastAdminDemote),
        /// An account of another user has the icon.
        IconOfOthers => message("unauthorized"),
        /// The preference is locked.
        PreferenceLocked => message(""),
        /// Accounts that the caller doesn't see can't be put into a group.
        AccountsOfOthers => message(""),
    }

    /// Causes of a 404: there is no such thing.
    NotFound {
        /// The resource doesn't exist.
        Resource => message("not found"),
        /// The personal access token doesn't exist.
        Token => Body::Empty,
        /// The API has no such route.
        // compat 1.4: the spelling is 2FAuth's.
        Endpoint => message("unknowkn endpoint"),
    }

    /// Causes of a 405: the method can't be used here.
    MethodNotAllowed {
        /// The route has other methods.
        OtherMethods => Body::OtherMethods,
        /// Behind an auth proxy there is no sign-in of our own.
        NotWithProxy => message(Message::NotWithProxy),
        /// While only single sign-on may be used, this is for administrators.
        AdministratorsOnly => message(Message::AdministratorsOnly),
    }

    /// Causes of a 409: the state doesn't allow it.
    Conflict {
        /// The account is shared with all users already.
        SharedWithAll => reason("conflict", Message::SharedWithAll),
        /// Another request changed it meanwhile.
        Changed => message("Conflict"),
    }

    /// Causes of a 422: fields are wrong.
    Unprocessable {
        /// The validation's errors, by field.
        Invalid(invalid: Invalid) => Body::Invalid(invalid),
        /// An account can't be shared with its owner.
        OwnerAmongRecipients => field_reason("bad request", "user_ids", Message::OwnerAmongTargets),
    }
}
