//! The files, pictures and texts of a request, read into entries.

use axum::body::Bytes;
use imports::{Format, Import, ImportedAccount, ImportedGroup, ReadError, RejectedEntry};
use qr::{DecodeError, Symbol};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::input::{Input, Invalid, Kind};
use crate::messages::Message;

/// Maximum number of files in a request.
const MAX_FILES: usize = 100;

/// What a request brings: files, pictures with QR codes, and a text.
pub struct SentFiles(Vec<SentFile>);

/// A file of a request or of the command line.
pub struct SentFile {
    /// The file name stated by the client; empty for a text.
    pub name: String,
    /// The content.
    pub bytes: Bytes,
    /// What opens an encrypted file.
    pub password: Option<Zeroizing<String>>,
}

impl SentFiles {
    /// Takes the files of the field `file`, which may be repeated, and the field `text`. `passwords` has a password for
    /// each file, `password` one for the others.
    ///
    /// # Errors
    /// 422 if there is neither a file nor a text, or there are too many.
    pub(super) fn of(input: &Input) -> Result<Self, Invalid> {
        let common = input.text("password");
        let files = input.uploads("file").enumerate().map(|(position, file)| SentFile {
            name: file.file_name.clone(),
            bytes: file.bytes.clone(),
            password: input.text(&format!("passwords.{position}")).or(common).map(|word| word.to_owned().into()),
        });
        let text = input.text("text").map(|text| SentFile {
            name: String::new(),
            bytes: Bytes::from(text.to_owned()),
            password: common.map(|word| word.to_owned().into()),
        });
        let sent: Vec<SentFile> = files.chain(text).collect();
        match sent.len() {
            0 => Err(Invalid::of("file", Message::Required)),
            1..=MAX_FILES => Ok(Self(sent)),
            _ => Err(Invalid::of("file", Message::MaxNumber.with("max", MAX_FILES))),
        }
    }
}

/// Files that were brought along without a request.
impl From<Vec<SentFile>> for SentFiles {
    fn from(files: Vec<SentFile>) -> Self {
        Self(files)
    }
}

/// The contents of all files of a request.
pub struct Contents {
    /// The files.
    pub files: Vec<ReadFile>,
    /// Their entries, in the order of the files.
    pub entries: Vec<Entry>,
    /// The groups that files list by themselves.
    pub groups: Vec<ImportedGroup>,
}

/// A file and what could be made of it. Pictures and the text of a request count as one, since the QR codes of one export
/// may be spread over several.
#[derive(Debug, Default, Serialize)]
pub struct ReadFile {
    /// The names of the file, or of the pictures.
    pub names: Vec<String>,
    /// The position of the file among those that were sent, or those of the pictures.
    pub sent: Vec<usize>,
    /// Whether the text of the request belongs to it.
    pub has_text: bool,
    /// The ID of its format.
    pub format: Option<&'static str>,
    /// The name of its format, for people.
    pub format_name: Option<String>,
    /// Why it can't be read.
    pub error: Option<FileError>,
    /// What it can't say.
    pub warnings: Vec<String>,
}

/// Why a file can't be read.
#[derive(Debug, Serialize)]
pub struct FileError {
    /// For programs.
    pub code: &'static str,
    /// For people, in English.
    pub text: String,
}

/// An entry of a file.
pub struct Entry {
    /// The position of its file.
    pub file: usize,
    /// The account, or why there is none.
    pub outcome: Result<ImportedAccount, RejectedEntry>,
}

impl Contents {
    /// Returns the formats of the files, for people.
    pub fn source(&self) -> String {
        let mut names: Vec<&str> = self.files.iter().filter_map(|file| file.format_name.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }

    fn add(&mut self, read: ReadFile, result: Result<Import, ReadError>) {
        let file = self.files.len();
        match result {
            Ok(import) => {
                self.groups.extend(import.groups);
                self.entries.extend(import.entries.into_iter().map(|outcome| Entry { file, outcome }));
                let warnings = import.warnings.iter().map(ToString::to_string).collect();
                self.files.push(ReadFile { warnings, ..read.of_format(import.format) });
            }
            Err(error) => {
                let problem = Some(FileError { code: error.code(), text: error.to_string() });
                let read = match error.format() {
                    Some(format) => read.of_format(format),
                    None => read,
                };
                self.files.push(ReadFile { error: problem, ..read });
            }
        }
    }
}

impl ReadFile {
    fn of_format(self, format: Format) -> Self {
        Self { format: Some(format.id()), format_name: Some(format.to_string()), ..self }
    }
}

/// The QR codes of all pictures.
#[derive(Default)]
struct Pictures {
    read: ReadFile,
    symbols: Vec<Symbol>,
    /// The position among the pictures that each of them is in.
    places: Vec<usize>,
}

impl Pictures {
    fn add(&mut self, name: String, position: usize, found: Vec<Symbol>) {
        self.places.extend(found.iter().map(|_| self.read.names.len()));
        self.symbols.extend(found);
        self.read.names.push(name);
        self.read.sent.push(position);
    }

    /// Joins texts that are split over several QR codes. Those that lack one are files with an error.
    fn into_texts(self) -> (ReadFile, Vec<String>, Vec<ReadFile>) {
        let joined = qr::join(&self.symbols);
        let broken = joined.incomplete.into_iter().map(|(reason, symbols)| {
            let mut places: Vec<usize> = symbols.into_iter().map(|symbol| self.places[symbol]).collect();
            places.dedup();
            ReadFile {
                names: places.iter().map(|place| self.read.names[*place].clone()).collect(),
                sent: places.iter().map(|place| self.read.sent[*place]).collect(),
                error: Some(FileError { code: "picture_parts", text: reason.to_string() }),
                ..ReadFile::default()
            }
        });
        let broken = broken.collect();
        (self.read, joined.texts, broken)
    }
}

impl From<DecodeError> for FileError {
    fn from(error: DecodeError) -> Self {
        let code = match error {
            DecodeError::NothingFound => "picture",
            DecodeError::Unsupported(_) => "picture_format",
            _ => "picture_unreadable",
        };
        Self { code, text: error.to_string() }
    }
}

/// Reads all files: heavy work, for a thread of its own.
pub fn read_files(SentFiles(sent): SentFiles) -> Contents {
    let mut contents = Contents { files: Vec::new(), entries: Vec::new(), groups: Vec::new() };
    let mut pictures = Pictures::default();
    let (mut text, mut text_password) = (None, None);
    let all: Vec<(String, Bytes)> = sent.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    for (position, SentFile { name, bytes, password }) in sent.into_iter().enumerate() {
        let read = ReadFile { names: vec![name.clone()], sent: vec![position], ..ReadFile::default() };
        let kind = Kind::of(&bytes);
        // What looks like a PDF is told that it can't be read.
        if kind.is_raster() || kind == Kind::Pdf {
            match qr::read(&bytes) {
                Ok(found) => pictures.add(name, position, found),
                Err(error) => contents.files.push(ReadFile { error: Some(error.into()), ..read }),
            }
        } else if name.is_empty() {
            text = Some(String::from_utf8_lossy(&bytes).into_owned());
            text_password = password;
        } else {
            let others = all.iter().enumerate().filter(|(other, _)| *other != position);
            let others: Vec<imports::File<'_>> =
                others.map(|(_, (name, bytes))| imports::File { name, bytes }).collect();
            let file = imports::File { name: &name, bytes: &bytes };
            contents.add(read, imports::read_among(file, &others, password.as_deref().map(String::as_str)));
        }
    }
    let (mut read, mut texts, broken) = pictures.into_texts();
    contents.files.extend(broken);
    read.has_text = text.is_some();
    texts.extend(text);
    if !texts.is_empty() {
        contents.add(read, imports::read(texts.join("\n").as_bytes(), text_password.as_deref().map(String::as_str)));
    }
    contents
}
