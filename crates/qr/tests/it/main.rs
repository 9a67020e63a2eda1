//! Tests of the crate as its users see it, over pictures drawn here.

#![expect(clippy::expect_used, reason = "what isn't as expected fails the test")]

mod corpus;
mod decode;
mod drawing;
mod hostile;
mod samples;
mod several;
mod split;
mod svg;
