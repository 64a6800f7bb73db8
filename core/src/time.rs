//! Seconds since 1970 as the dates that MDTM, MLSx and LIST show (RFC 3659 §2.3).

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const YEAR_MAX: u64 = 9999;

/// A date and time of day in UTC.
struct Date {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

/// `YYYYMMDDHHMMSS` (RFC 3659 §2.3). Later than the year 9999 becomes the year 9999.
pub(crate) fn time_val(seconds: u64) -> String {
    let Date {
        year,
        month,
        day,
        second_of_day,
    } = date(seconds);
    let (hour, minute, second) = (
        second_of_day / 3600,
        second_of_day / 60 % 60,
        second_of_day % 60,
    );
    format!(
        "{:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}",
        year.min(YEAR_MAX)
    )
}

/// `Jan 01  2026`, as a Unix listing shows an old file.
pub(crate) fn list_date(seconds: u64) -> String {
    let Date {
        year, month, day, ..
    } = date(seconds);
    let name = usize::try_from(month.saturating_sub(1))
        .ok()
        .and_then(|month| MONTHS.get(month))
        .unwrap_or(&"???");
    format!("{name} {day:02}  {:04}", year.min(YEAR_MAX))
}

/// The Gregorian date, counted in eras of 400 years that begin on 1 March.
fn date(seconds: u64) -> Date {
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = if month_from_march < 10 {
        (month_from_march + 3, 0)
    } else {
        (month_from_march - 9, 1)
    };
    Date {
        year: year_of_era + era * 400 + next_year,
        month,
        day,
        second_of_day: seconds % 86_400,
    }
}

#[cfg(test)]
mod tests {
    use super::{list_date, time_val};

    #[test]
    fn dates_are_gregorian() {
        assert_eq!(time_val(0), "19700101000000");
        assert_eq!(time_val(951_782_399), "20000228235959");
        assert_eq!(time_val(951_782_400), "20000229000000");
        assert_eq!(time_val(1_767_225_600), "20260101000000");
        assert_eq!(time_val(1_798_761_599), "20261231235959");
        assert_eq!(list_date(1_767_225_600), "Jan 01  2026");
    }

    #[test]
    fn no_time_panics() {
        assert!(time_val(u64::MAX).starts_with("9999"));
        assert!(!list_date(u64::MAX).is_empty());
    }
}
