/* The limit that system and client set: answers every question from a batch, knows nothing.
 * Usage: echo PORT. Each reply is header, question and one address record (16 octets). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 512, ROW = 1280 };

static unsigned char rows[BATCH][ROW];
static struct sockaddr_in clients[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr messages[BATCH];
static const unsigned char record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};

static size_t question_end(const unsigned char *row, size_t size) {
    size_t at = 12;
    while (at < size && row[at]) at += row[at] + 1u;
    return at + 5;
}

int main(int argc, char **argv) {
    int sock = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
    struct sockaddr_in here = {.sin_family = AF_INET};
    if (argc < 2) return 2;
    here.sin_port = htons((unsigned short)atoi(argv[1]));
    inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
    setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (bind(sock, (struct sockaddr *)&here, sizeof here)) return 1;
    for (int i = 0; i < BATCH; i++) {
        parts[i].iov_base = rows[i];
        messages[i].msg_hdr.msg_name = &clients[i];
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i].iov_len = ROW - 32;
            messages[i].msg_hdr.msg_namelen = sizeof clients[i];
        }
        int n = recvmmsg(sock, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++) {
            size_t size = messages[i].msg_len, end = question_end(rows[i], size);
            if (size < 17 || end > size) continue;
            rows[i][2] |= 0x80;
            rows[i][3] = 0x80;
            memset(rows[i] + 6, 0, 6);
            rows[i][7] = 1;
            memcpy(rows[i] + end, record, sizeof record);
            parts[i].iov_len = end + sizeof record;
        }
        for (int sent = 0; sent < n;) {
            int some = sendmmsg(sock, messages + sent, (unsigned)(n - sent), 0);
            sent += some > 0 ? some : 1;
        }
    }
}
