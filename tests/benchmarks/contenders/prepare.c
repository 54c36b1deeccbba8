/* How fast could it be at all? prepare EXPORT OUT: the work of the other contenders in one thread of C.

   One pass through the export, which is mapped into memory. A table has the hash of each key and the place of the
   record that had the key first. A repeated key is compared letter by letter.

   Of what email-validator would say, the program knows as much as the exports of tests/support/large_export.py need.
   It ends with exit code 2 at a quoted cell, and where it would have to guess. */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_ID "20261122T000000Z-000000"
#define LAST_CELLS ",chime,sandbox-team,,,,,,2026-11-22T00:00:00.000000+00:00\n"
#define HEADER \
    "run_id,source,sheet,row,employee_id,name,email_as_given,email,disposition,reason,detail,duplicate_of," \
    "destination,account,chunk,attempts,invite_id,invite_status,email_status,decided_at\n"
#define MOST_CELLS 64
#define LONGEST_ADDRESS 254
#define PLAIN_LIMIT 66
#define BUFFER (1 << 20)
#define LONGEST_LINE (1 << 16)

typedef struct {
    const char *start;
    size_t length;
} Text;

typedef struct {
    char email[LONGEST_ADDRESS + 1]; /* as the report shows it */
    char key[LONGEST_ADDRESS + 1];   /* in lower case, to be compared */
    size_t length;
} Address;

typedef struct {
    uint64_t hash;
    const char *record;
    uint32_t row; /* 0 means that the slot is free */
} Slot;

typedef enum { VALID, MISSING, INVALID } Verdict;

static int email_at = -1, employee_at = -1, given_at = -1, family_at = -1;
static char out[BUFFER + LONGEST_LINE];
static size_t filled;
static int report;

static void give_up(const char *why, long row) {
    fprintf(stderr, "row %ld: %s\n", row, why);
    exit(2);
}

static void flush(void) {
    for (size_t done = 0; done < filled;) {
        ssize_t written = write(report, out + done, filled - done);
        if (written < 0) {
            perror("report");
            exit(1);
        }
        done += (size_t)written;
    }
    filled = 0;
}

static void put(const char *start, size_t length) {
    memcpy(out + filled, start, length);
    filled += length;
}

#define PUT(literal) put(literal, sizeof(literal) - 1)

static void put_number(uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    put(digits + at, sizeof digits - at);
}

static int begins_formula(Text cell) {
    static const char *const WIDE[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    if (!cell.length) return 0;
    if (memchr("=+-@\t\r\n", cell.start[0], 8)) return 1; /* 8 bytes: NUL is one of them */
    for (int each = 0; each < 4; each++)
        if (cell.length >= 3 && !memcmp(cell.start, WIDE[each], 3)) return 1;
    return 0;
}

static void put_cell(Text cell) {
    if (begins_formula(cell)) PUT("'");
    put(cell.start, cell.length);
}

/* Cut a record into cells; return the start of the next record. */
static const char *cut(const char *at, const char *end, Text cells[], int *count) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    if (!line_end) line_end = end;
    int cell = 0;
    for (const char *start = at;; cell++) {
        const char *comma = memchr(start, ',', (size_t)(line_end - start));
        const char *stop = comma ? comma : line_end;
        if (cell < MOST_CELLS) cells[cell] = (Text){start, (size_t)(stop - start)};
        if (!comma) break;
        start = comma + 1;
    }
    *count = cell + 1;
    return line_end < end ? line_end + 1 : end;
}

static int is_space(unsigned char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

static Text trimmed(Text text) {
    for (;;) {
        if (text.length && is_space((unsigned char)text.start[0])) text.start++, text.length--;
        else if (text.length >= 2 && !memcmp(text.start, "\xc2\xa0", 2)) text.start += 2, text.length -= 2;
        else break;
    }
    while (text.length && is_space((unsigned char)text.start[text.length - 1])) text.length--;
    return text;
}

/* Take off what people and mail programs put around an address. */
static Text mended(Text cell) {
    Text text = trimmed(cell);
    if (text.length >= 3 && !memcmp(text.start + text.length - 3, "\xe2\x80\x8b", 3)) text.length -= 3;
    if (text.length >= 7 && !memcmp(text.start, "mailto:", 7)) text.start += 7, text.length -= 7;
    if (text.length >= 2 && text.start[0] == '<' && text.start[text.length - 1] == '>')
        text = trimmed((Text){text.start + 1, text.length - 2});
    return text;
}

static unsigned char kinds[256]; /* 1: letter or digit of a label, 2: more of an atom, 4: beyond ASCII */

static void know_letters(void) {
    for (int letter = 'a'; letter <= 'z'; letter++) kinds[letter] = 1;
    for (int letter = '0'; letter <= '9'; letter++) kinds[letter] = 1;
    for (const char *more = "!#$%&'*+/=?^_`{|}~-"; *more; more++) kinds[(unsigned char)*more] = 2;
    for (int letter = 128; letter < 256; letter++) kinds[letter] = 4;
}

static int is_last_label(Text label) {
    static const char *const KNOWN[] = {"info",    "name",   "mobi",  "jobs",  "asia",  "coop",   "aero",
                                        "example", "online", "cloud", "email", "group", "global", "agency"};
    for (size_t at = 0; at < label.length; at++)
        if (label.start[at] < 'a' || label.start[at] > 'z') return 0;
    if (label.length == 2 || label.length == 3) return 1;
    for (size_t each = 0; each < sizeof KNOWN / sizeof *KNOWN; each++)
        if (label.length == strlen(KNOWN[each]) && !memcmp(label.start, KNOWN[each], label.length)) return 1;
    return 0;
}

/* Return the place of the @ of a valid address in lower case, or 0. */
static size_t at_sign(const char *key, size_t length, long row) {
    size_t at = 0, label = 0;
    for (unsigned char before = '.'; at < length && key[at] != '@'; before = (unsigned char)key[at++]) {
        unsigned char letter = (unsigned char)key[at];
        if (letter == '.' ? before == '.' : !kinds[letter]) return 0;
    }
    if (at == 0 || at == length || key[at - 1] == '.') return 0;
    label = at + 1;
    for (size_t each = label; each <= length; each++) {
        unsigned char letter = each < length ? (unsigned char)key[each] : '.';
        if (letter == '.') {
            if (each == label || key[each - 1] == '-') return 0;
            if (each < length) label = each + 1;
        } else if (letter == '-' ? each == label || key[each - 1] == '-' : kinds[letter] != 1) return 0;
    }
    if (label == at + 1 || length > PLAIN_LIMIT || !is_last_label((Text){key + label, length - label}))
        give_up("only email-validator knows whether this is an address", row);
    return at;
}

static Verdict examine(Text cell, Address *address, long row) {
    Text text = mended(cell);
    address->length = 0;
    if (!text.length) return MISSING;
    if (text.length > LONGEST_ADDRESS) give_up("only email-validator knows whether this is an address", row);
    for (size_t at = 0; at < text.length; at++) {
        unsigned char letter = (unsigned char)text.start[at];
        address->key[at] = (char)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
    }
    size_t local = at_sign(address->key, text.length, row);
    if (!local) return INVALID;
    memcpy(address->email, text.start, local);
    memcpy(address->email + local, address->key + local, text.length - local);
    address->length = text.length;
    return VALID;
}

static uint64_t hash_of(const char *key, size_t length) {
    uint64_t hash = 0x9e3779b97f4a7c15u ^ length, word;
    for (; length >= 8; key += 8, length -= 8) {
        memcpy(&word, key, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, key, length);
    hash = (hash ^ word) * 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 29;
}

int main(int count, char **arguments) {
    if (count != 3) return fputs("usage: prepare EXPORT OUT\n", stderr), 2;
    int export = open(arguments[1], O_RDONLY);
    struct stat about;
    if (export < 0 || fstat(export, &about)) return perror(arguments[1]), 1;
    size_t size = (size_t)about.st_size;
    const char *start = mmap(NULL, size, PROT_READ, MAP_PRIVATE, export, 0), *end = start + size;
    if (start == MAP_FAILED) return perror(arguments[1]), 1;
    madvise((void *)start, size, MADV_SEQUENTIAL);
    char path[4096];
    snprintf(path, sizeof path, "%s/reconciliation.csv", arguments[2]);
    report = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (report < 0) return perror(path), 1;

    if (memchr(start, '"', size)) give_up("quoted cells are not for this program", 1);
    know_letters();
    Text cells[MOST_CELLS];
    int columns, width;
    const char *record = cut(start, end, cells, &columns);
    for (int cell = 0; cell < columns; cell++) {
        Text name = cells[cell];
        if (name.length == 10 && !memcmp(name.start, "Work Email", 10)) email_at = cell;
        if (name.length == 11 && !memcmp(name.start, "Employee ID", 11)) employee_at = cell;
        if (name.length == 10 && !memcmp(name.start, "First Name", 10)) given_at = cell;
        if (name.length == 9 && !memcmp(name.start, "Last Name", 9)) family_at = cell;
    }
    if (columns > MOST_CELLS || email_at < 0 || employee_at < 0 || given_at < 0 || family_at < 0)
        give_up("the header has not the names of a made-up export", 1);

    size_t slots = 1024, rows = 0;
    for (const char *line = record; (line = memchr(line, '\n', (size_t)(end - line))); line++) rows++;
    while (slots < rows * 2) slots *= 2;
    Slot *table = calloc(slots, sizeof *table);
    if (!table) return perror("table"), 1;

    size_t source_length = strlen(arguments[1]);
    PUT(HEADER);
    for (long row = 2; record < end; row++) {
        const char *next = cut(record, end, cells, &width);
        if (width != columns) give_up("the record has another width than the header", row);
        if ((size_t)(next - record) * 2 + source_length * 2 + 512 > LONGEST_LINE) give_up("the record is too long", row);
        Address address, earlier;
        Verdict verdict = examine(cells[email_at], &address, row);
        uint32_t first = 0;
        int is_other = 0;
        if (verdict == VALID) {
            uint64_t hash = hash_of(address.key, address.length);
            for (size_t slot = hash & (slots - 1);; slot = (slot + 1) & (slots - 1)) {
                if (!table[slot].row) {
                    table[slot] = (Slot){hash, record, (uint32_t)row};
                    break;
                }
                if (table[slot].hash != hash) continue;
                Text theirs[MOST_CELLS];
                cut(table[slot].record, end, theirs, &width);
                examine(theirs[email_at], &earlier, table[slot].row);
                if (earlier.length != address.length || memcmp(earlier.key, address.key, address.length)) continue;
                first = table[slot].row;
                is_other = theirs[employee_at].length != cells[employee_at].length ||
                           memcmp(theirs[employee_at].start, cells[employee_at].start, cells[employee_at].length);
                break;
            }
        }
        PUT(RUN_ID ",");
        put(arguments[1], source_length);
        PUT(",,");
        put_number((uint64_t)row);
        PUT(",");
        put_cell(cells[employee_at]);
        PUT(",");
        put_cell(cells[given_at]);
        PUT(" ");
        put(cells[family_at].start, cells[family_at].length);
        PUT(",");
        put_cell(cells[email_at]);
        PUT(",");
        put_cell((Text){address.email, address.length});
        if (verdict == MISSING) PUT(",rejected,missing,The row has no address; enter one.,");
        else if (verdict == INVALID) PUT(",rejected,invalid_syntax,This is no address.,");
        else if (!first) PUT(",planned,,,");
        else {
            if (is_other) PUT(",duplicate,same_address_other_employee,,");
            else PUT(",duplicate,same_address,,");
            put(arguments[1], source_length);
            PUT("#");
            put_number(first);
        }
        PUT(LAST_CELLS);
        if (filled >= BUFFER) flush();
        record = next;
    }
    flush();
    return close(report) ? (perror(path), 1) : 0;
}
