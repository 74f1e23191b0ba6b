package java

import (
	"fmt"
	"strings"
	"time"
)

// dateConversions are the letters after %t.
const dateConversions = "HIklMSLNpzZsQBbhAaCYyjmdeRTrDFc"

// A date is a point in time as a java.util.GregorianCalendar in UTC shows it: before October 15,
// 1582, by the Julian calendar.
type date struct {
	millis           int64
	year, month, day int64 // the year is that of its era
	dayOfYear        int64
	weekday          time.Weekday
	hour, minute     int64
	second, fraction int64
}

const (
	millisOfDay = 24 * 60 * 60 * 1000
	cutover     = -141427 // the first day of the Gregorian calendar
)

func newDate(millis int64) date {
	days, rest := floorDiv(millis, millisOfDay)
	d := date{millis: millis, weekday: time.Weekday((days%7 + 11) % 7)}
	d.hour, rest = rest/3_600_000, rest%3_600_000
	d.minute, rest = rest/60_000, rest%60_000
	d.second, d.fraction = rest/1000, rest%1000

	// Years that begin in March end with their leap day. Day 0 is March 1 of the year 0.
	var year, dayOfYear int64
	leap := func(n int64) bool { return n%4 == 0 && (days < cutover || n%100 != 0 || n%400 == 0) }
	if days >= cutover {
		era, dayOfEra := floorDiv(days+719_468, 146_097)
		yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36_524 - dayOfEra/146_096) / 365
		year, dayOfYear = yearOfEra+400*era, dayOfEra-(365*yearOfEra+yearOfEra/4-yearOfEra/100)
	} else {
		era, dayOfEra := floorDiv(days+719_470, 1461)
		yearOfEra := (dayOfEra - dayOfEra/1460) / 365
		year, dayOfYear = 4*era+yearOfEra, dayOfEra-365*yearOfEra
	}
	month := (5*dayOfYear + 2) / 153 // from March
	d.day = dayOfYear - (153*month+2)/5 + 1
	switch {
	case month >= 10:
		d.month, d.dayOfYear, year = month-9, dayOfYear-305, year+1
	case leap(year):
		d.month, d.dayOfYear = month+3, dayOfYear+61
	default:
		d.month, d.dayOfYear = month+3, dayOfYear+60
	}
	if year == 1582 && days >= cutover {
		d.dayOfYear -= 10 // which the year does not have
	}
	if d.year = year; year < 1 {
		d.year = 1 - year
	}
	return d
}

func floorDiv(n, by int64) (quotient, rest int64) {
	quotient, rest = n/by, n%by
	if rest < 0 {
		quotient, rest = quotient-1, rest+by
	}
	return quotient, rest
}

// format is the text of a conversion.
func (d date) format(conversion byte) string {
	all := func(conversions string) string {
		var b strings.Builder
		for i := range len(conversions) {
			if c := conversions[i]; strings.IndexByte(dateConversions, c) >= 0 {
				b.WriteString(d.format(c))
			} else {
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	switch conversion {
	case 'H':
		return fmt.Sprintf("%02d", d.hour)
	case 'I':
		return fmt.Sprintf("%02d", (d.hour+11)%12+1)
	case 'k':
		return fmt.Sprint(d.hour)
	case 'l':
		return fmt.Sprint((d.hour+11)%12 + 1)
	case 'M':
		return fmt.Sprintf("%02d", d.minute)
	case 'S':
		return fmt.Sprintf("%02d", d.second)
	case 'L':
		return fmt.Sprintf("%03d", d.fraction)
	case 'N':
		return fmt.Sprintf("%03d000000", d.fraction)
	case 'p':
		if d.hour < 12 {
			return "am"
		}
		return "pm"
	case 'z':
		return "+0000"
	case 'Z':
		return "UTC"
	case 's':
		return fmt.Sprint(d.millis / 1000)
	case 'Q':
		return fmt.Sprint(d.millis)
	case 'B':
		return time.Month(d.month).String()
	case 'b', 'h':
		return time.Month(d.month).String()[:3]
	case 'A':
		return d.weekday.String()
	case 'a':
		return d.weekday.String()[:3]
	case 'C':
		return fmt.Sprintf("%02d", d.year/100)
	case 'y':
		return fmt.Sprintf("%02d", d.year%100)
	case 'Y':
		return fmt.Sprintf("%04d", d.year)
	case 'j':
		return fmt.Sprintf("%03d", d.dayOfYear)
	case 'm':
		return fmt.Sprintf("%02d", d.month)
	case 'd':
		return fmt.Sprintf("%02d", d.day)
	case 'e':
		return fmt.Sprint(d.day)
	case 'R':
		return all("H:M")
	case 'T':
		return all("H:M:S")
	case 'r':
		return all("I:M:S ") + strings.ToUpper(d.format('p'))
	case 'D':
		return all("m/d/y")
	case 'F':
		return all("Y-m-d")
	}
	return all("a b d T Z Y") // c
}
