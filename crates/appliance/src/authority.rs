//! The appliance's own certificate authority: one for the server, one for each department.
//!
//! A town that has an authority of its own puts its `ca.pem` here and issues certificates itself;
//! then `ca.key` is missing and this module refuses to issue.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use access::{DEPARTMENT_URN, ROLE_URN, Role};
use chrono::{DateTime, Datelike, Days, Utc};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SanType,
};

use crate::durable_file::{self, Readable};

const AUTHORITY_DAYS: u64 = 3650;
const SERVER_DAYS: u64 = 397;
const DEPARTMENT_DAYS: u64 = 730;
/// Clocks of departments may be a little behind.
const BACKDATED_DAYS: u64 = 1;

/// A certificate and its key.
#[derive(Clone)]
pub struct Issued {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key.
    pub key_pem: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Issued").finish_non_exhaustive()
    }
}

/// The authority in `tls/`.
#[derive(Debug)]
pub struct Authority {
    certificate_pem: String,
    issuer: Option<Issuer<'static, KeyPair>>,
    directory: PathBuf,
}

/// Why no certificate could be made or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("failed to keep the certificate authority's files")]
    File(#[from] io::Error),
    /// A certificate could not be made or read.
    #[error("failed to make or read a certificate in {directory}")]
    Certificate {
        /// Where.
        directory: PathBuf,
        /// What the certificate library says.
        #[source]
        source: rcgen::Error,
    },
    /// A name that cannot stand in a certificate.
    #[error("the name {name:?} cannot stand in a certificate")]
    Name {
        /// The name.
        name: String,
    },
    /// The authority's key is elsewhere.
    #[error(
        "there is no {path}: certificates of this authority are issued elsewhere, or the file was lost"
    )]
    NoKey {
        /// Where the key would lie.
        path: PathBuf,
    },
    /// The clock is outside what a certificate can say.
    #[error("the clock stands at a day that a certificate cannot say")]
    Clock,
}

impl Authority {
    /// Opens the authority in `directory`, and makes it where there is none.
    pub fn open_or_create(directory: &Path, now: SystemTime) -> Result<Authority, Error> {
        durable_file::private_folder(directory)?;
        if !directory.join("ca.pem").exists() {
            create(directory, now)?;
        }
        Authority::open(directory)
    }

    /// Opens the authority in `directory`.
    pub fn open(directory: &Path) -> Result<Authority, Error> {
        let certificate_pem = fs_err::read_to_string(directory.join("ca.pem"))?;
        let key_path = directory.join("ca.key");
        let issuer = if key_path.exists() {
            let issuer = KeyPair::from_pem(&fs_err::read_to_string(key_path)?)
                .and_then(|key| Issuer::from_ca_cert_pem(&certificate_pem, key))
                .map_err(|source| certificate_error(directory, source))?;
            Some(issuer)
        } else {
            None
        };
        Ok(Authority { certificate_pem, issuer, directory: directory.to_owned() })
    }

    /// The authority's own certificate: what clients trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Issues the server's certificate for these host names and addresses.
    pub fn issue_server(&self, names: &[String], now: SystemTime) -> Result<Issued, Error> {
        let alternatives = names
            .iter()
            .map(|name| match name.parse::<IpAddr>() {
                Ok(address) => Ok(SanType::IpAddress(address)),
                Err(_) => Ok(SanType::DnsName(ia5(name)?)),
            })
            .collect::<Result<_, Error>>()?;
        let mut params = leaf("Amtshilfe", SERVER_DAYS, now)?;
        params.subject_alt_names = alternatives;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    /// Issues a department's certificate. The names must have been checked.
    pub fn issue_department(
        &self,
        department: &str,
        roles: &[Role],
        now: SystemTime,
    ) -> Result<Issued, Error> {
        let mut params = leaf(department, DEPARTMENT_DAYS, now)?;
        params.subject_alt_names =
            vec![SanType::URI(ia5(&format!("{DEPARTMENT_URN}{department}"))?)];
        for role in roles {
            params.subject_alt_names.push(SanType::URI(ia5(&format!("{ROLE_URN}{role}"))?));
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Result<Issued, Error> {
        let issuer = self
            .issuer
            .as_ref()
            .ok_or_else(|| Error::NoKey { path: self.directory.join("ca.key") })?;
        let failed = |source| certificate_error(&self.directory, source);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let certificate = params.signed_by(&key, issuer).map_err(failed)?;
        Ok(Issued { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }
}

/// Writes `ca.pem`, `cert.pem` and `key.pem` into a folder that only its owner may look into.
pub fn write_identity(folder: &Path, authority_pem: &str, issued: &Issued) -> io::Result<()> {
    durable_file::private_folder(folder)?;
    durable_file::write(&folder.join("ca.pem"), authority_pem.as_bytes(), Readable::ByAll)?;
    durable_file::write(&folder.join("key.pem"), issued.key_pem.as_bytes(), Readable::ByOwner)?;
    durable_file::write(
        &folder.join("cert.pem"),
        issued.certificate_pem.as_bytes(),
        Readable::ByAll,
    )
}

fn create(directory: &Path, now: SystemTime) -> Result<(), Error> {
    let failed = |source| certificate_error(directory, source);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).map_err(failed)?;
    // A part of the key in the name: two appliances' authorities must not be taken for one another.
    let mark: String = hex::encode(key.public_key_raw()).chars().skip(2).take(8).collect();
    let mut params = leaf(&format!("Amtshilfe CA {mark}"), AUTHORITY_DAYS, now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).map_err(failed)?;
    // The key first: a crash between the two leaves a key without a certificate, which is made anew.
    durable_file::write(
        &directory.join("ca.key"),
        key.serialize_pem().as_bytes(),
        Readable::ByOwner,
    )?;
    durable_file::write(&directory.join("ca.pem"), certificate.pem().as_bytes(), Readable::ByAll)?;
    Ok(())
}

fn leaf(common_name: &str, days: u64, now: SystemTime) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    params.distinguished_name = name;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let now = DateTime::<Utc>::from(now);
    let from = now.checked_sub_days(Days::new(BACKDATED_DAYS)).ok_or(Error::Clock)?;
    let to = now.checked_add_days(Days::new(days)).ok_or(Error::Clock)?;
    let (year, month, day) = date(from)?;
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(to)?;
    params.not_after = rcgen::date_time_ymd(year, month, day);
    Ok(params)
}

fn date(moment: DateTime<Utc>) -> Result<(i32, u8, u8), Error> {
    let month = u8::try_from(moment.month()).map_err(|_| Error::Clock)?;
    let day = u8::try_from(moment.day()).map_err(|_| Error::Clock)?;
    Ok((moment.year(), month, day))
}

fn ia5(name: &str) -> Result<Ia5String, Error> {
    Ia5String::try_from(name).map_err(|_| Error::Name { name: name.to_owned() })
}

fn certificate_error(directory: &Path, source: rcgen::Error) -> Error {
    Error::Certificate { directory: directory.to_owned(), source }
}

#[cfg(test)]
mod tests;
