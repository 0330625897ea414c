/*
 * The limit that the model is measured against: the same nested 4 KiB walk over the same image, by the shortest path
 * that still checks what must be checked on a success (valid, type, access flag, permission, output size). Build: -O2.
 *
 * Usage: nested-walk IMAGE BASE REQUESTS1 REQUESTS4096 REQUESTS65536 ROUNDS SECONDS
 * Prints one JSON object: best nanoseconds per translation of each case and the sum of the addresses it gave.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { uint32_t sid, access, lo, hi; } request;
typedef struct { request *r; size_t n; } requests;
typedef struct { uint64_t s2ttb, ttb0; uint32_t sid, s2out, ipa_bits, s1out; uint32_t tag, key; } config;
typedef struct { uint64_t vpn, out; } tlb_entry;
typedef struct { uint64_t prefix, table; } walk_entry;

enum { TLB = 4096, CONFIGS = 64, WALKS = 8192 };
static uint8_t *mem;
static uint64_t base, bytes;
static tlb_entry tlb[TLB];
static config configs[CONFIGS];
static walk_entry s1w[WALKS], s2w[WALKS];

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define ADDRESS 0x0000fffffffff000ull
#define AF 0x400ull

static inline int load(uint64_t pa, uint64_t *value) {
  uint64_t offset = pa - base;
  if (!LIKELY(offset < bytes)) return 0;
  *value = *(const uint64_t *)(mem + offset);
  return 1;
}

/* One page of stage 2, from level 0; 0 is a fault. */
static inline uint64_t stage2(const config *c, uint64_t ipa, uint64_t need) {
  uint64_t d;
  if (!LIKELY(ipa >> c->ipa_bits == 0)) return 0;
  if (!load(c->s2ttb + ((ipa >> 39) & 511) * 8, &d) || (d & 3) != 3 || (d & ADDRESS) >> c->s2out) return 0;
  if (!load((d & ADDRESS) + ((ipa >> 30) & 511) * 8, &d) || (d & 3) != 3 || (d & ADDRESS) >> c->s2out) return 0;
  if (!load((d & ADDRESS) + ((ipa >> 21) & 511) * 8, &d) || (d & 3) != 3 || (d & ADDRESS) >> c->s2out) return 0;
  if (!load((d & ADDRESS) + ((ipa >> 12) & 511) * 8, &d) || (d & (need | AF | 3)) != (need | AF | 3) || (d & ADDRESS) >> c->s2out) return 0;
  return (d & ADDRESS) | (ipa & 0xfff);
}

#define S1_LEVEL(shift)                                                                                  \
  table = stage2(c, table + ((iova >> shift) & 511) * 8, 0x40);                                          \
  if (!table || !load(table, &d) || (d & 3) != 3 || (d & ADDRESS) >> c->s1out) return 0;                \
  hierarchy |= d;                                                                                        \
  table = d & ADDRESS;

/* 24 reads. */
static inline uint64_t walk(const config *c, uint64_t iova) {
  uint64_t d, table = c->ttb0, hierarchy = 0;
  if (!LIKELY(iova >> 48 == 0)) return 0;
  S1_LEVEL(39)
  S1_LEVEL(30)
  S1_LEVEL(21)
  table = stage2(c, table + ((iova >> 12) & 511) * 8, 0x40);
  if (!table || !load(table, &d) || (d & 3) != 3 || !(d & AF) || (d & ADDRESS) >> c->s1out) return 0;
  if (!(d & 0x40) || (hierarchy & (1ull << 61))) return 0;
  return stage2(c, (d & ADDRESS) | (iova & 0xfff), 0x40);
}

static inline uint64_t hash(uint64_t x, uint32_t tag) { return x ^ (x >> 11) ^ tag * 0x9e37u; }

/* Two reads: the last table of each stage is known. */
static inline uint64_t walk_cached(const config *c, uint64_t iova) {
  uint64_t d;
  walk_entry *w = &s1w[hash(iova >> 21, c->tag) & (WALKS - 1)];
  if (!LIKELY(w->prefix == (iova >> 21 | (uint64_t)c->tag << 44))) {
    uint64_t table = c->ttb0, hierarchy = 0;
    S1_LEVEL(39)
    S1_LEVEL(30)
    S1_LEVEL(21)
    table = stage2(c, table, 0x40);
    if (!table) return 0;
    w->prefix = iova >> 21 | (uint64_t)c->tag << 44;
    w->table = table & ADDRESS;
  }
  if (!load(w->table + ((iova >> 12) & 511) * 8, &d) || (d & 3) != 3 || !(d & AF) || !(d & 0x40) || (d & ADDRESS) >> c->s1out) return 0;
  uint64_t ipa = (d & ADDRESS) | (iova & 0xfff);
  if (!LIKELY(ipa >> c->ipa_bits == 0)) return 0;
  w = &s2w[hash(ipa >> 21, c->tag) & (WALKS - 1)];
  if (!LIKELY(w->prefix == (ipa >> 21 | (uint64_t)c->tag << 44))) {
    if (!load(c->s2ttb + ((ipa >> 39) & 511) * 8, &d) || (d & 3) != 3) return 0;
    if (!load((d & ADDRESS) + ((ipa >> 30) & 511) * 8, &d) || (d & 3) != 3) return 0;
    if (!load((d & ADDRESS) + ((ipa >> 21) & 511) * 8, &d) || (d & 3) != 3) return 0;
    w->prefix = ipa >> 21 | (uint64_t)c->tag << 44;
    w->table = d & ADDRESS;
  }
  if (!load(w->table + ((ipa >> 12) & 511) * 8, &d) || (d & 0x443) != 0x443 || (d & ADDRESS) >> c->s2out) return 0;
  return (d & ADDRESS) | (ipa & 0xfff);
}

static const uint8_t sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52};
static uint32_t min(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* STE, then CD through stage 2: what a stream costs that nobody has seen. */
static inline int configure(config *c, uint32_t sid) {
  uint64_t ste[4], cd[4];
  if (!LIKELY(sid < 65536)) return 0;
  memcpy(ste, mem + (uint64_t)sid * 64, sizeof ste);
  if ((ste[0] & 0xf) != 0xf) return 0;
  uint32_t t0sz = ste[2] >> 32 & 63;
  if (t0sz < 20 || t0sz > 39 || (ste[2] >> 46 & 3) || !(ste[2] >> 51 & 1) || (ste[2] >> 55 & 7) > 4 || ste[1] >> 27 & 1) return 0;
  c->sid = sid;
  c->ipa_bits = 64 - t0sz;
  c->s2out = min(sizes[ste[2] >> 48 & 7], 44);
  c->s2ttb = ste[3] & 0x000ffffffffffff0ull;
  if (c->s2ttb >> c->s2out) return 0;
  uint64_t at = stage2(c, ste[0] & 0x000fffffffffffc0ull, 0x40);
  if (!at || !LIKELY(at - base < bytes)) return 0;
  memcpy(cd, mem + (at - base), sizeof cd);
  if (!(cd[0] >> 31 & 1) || !(cd[0] >> 41 & 1) || !(cd[0] >> 46 & 1) || (cd[0] >> 42 & 7) || (cd[0] & 63) < 16 || (cd[0] & 63) > 39 || (cd[0] >> 6 & 3)) return 0;
  c->s1out = min(sizes[cd[0] >> 32 & 7], 44);
  c->ttb0 = cd[1] & 0x000ffffffffffff0ull;
  c->tag = 1;
  c->key = 1;
  return !(c->ttb0 >> c->s1out);
}

static inline const config *configured(uint32_t sid) {
  config *c = &configs[sid & (CONFIGS - 1)];
  if (LIKELY(c->key && c->sid == sid)) return c;
  return configure(c, sid) ? c : NULL;
}

static uint64_t run_hit(const requests *q) {
  uint64_t sum = 0;
  for (size_t i = 0; i < q->n; i++) {
    const request *r = &q->r[i];
    const config *c = configured(r->sid);
    if (!c) continue;
    uint64_t iova = (uint64_t)r->hi << 32 | r->lo, key = iova >> 12 | (uint64_t)c->tag << 44, out = 0;
    uint32_t home = hash(iova >> 12, c->tag) & (TLB - 1);
    for (uint32_t way = 0; way < 4; way++) {
      tlb_entry *e = &tlb[home ^ way];
      if (LIKELY(e->vpn == key)) { if (LIKELY(e->out & (1u << (r->access & 7)))) out = (e->out & ~0xfffull) | (iova & 0xfff); break; }
    }
    if (!LIKELY(out)) {
      out = walk(c, iova);
      uint32_t way = 0;
      while (way < 3 && tlb[home ^ way].vpn) way++;
      tlb[home ^ way] = (tlb_entry){key, (out & ~0xfffull) | 0xff};
    }
    sum += out;
  }
  return sum;
}

static uint64_t run_walk(const requests *q) {
  uint64_t sum = 0;
  for (size_t i = 0; i < q->n; i++) {
    const config *c = configured(q->r[i].sid);
    if (c) sum += walk(c, (uint64_t)q->r[i].hi << 32 | q->r[i].lo);
  }
  return sum;
}

static uint64_t run_cached(const requests *q) {
  uint64_t sum = 0;
  for (size_t i = 0; i < q->n; i++) {
    const config *c = configured(q->r[i].sid);
    if (c) sum += walk_cached(c, (uint64_t)q->r[i].hi << 32 | q->r[i].lo);
  }
  return sum;
}

static uint64_t run_cold(const requests *q) {
  uint64_t sum = 0;
  config c;
  for (size_t i = 0; i < q->n; i++) {
    if (configure(&c, q->r[i].sid)) sum += walk(&c, (uint64_t)q->r[i].hi << 32 | q->r[i].lo);
  }
  return sum;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void *slurp(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  if (!f) { perror(path); exit(2); }
  fseek(f, 0, SEEK_END);
  *size = ftell(f);
  rewind(f);
  void *p = aligned_alloc(4096, (*size + 4095) & ~4095ul);
  if (!p || fread(p, 1, *size, f) != *size) { perror(path); exit(2); }
  fclose(f);
  return p;
}

static void measure(const char *name, uint64_t (*run)(const requests *), const requests *q, int rounds, double seconds, const char *end) {
  double best = 1e9;
  uint64_t sum = run(q);
  for (int round = 0; round < rounds; round++) {
    size_t count = 0;
    double start = now(), spent;
    do {
      if (run(q) != sum) { fprintf(stderr, "%s: the sum changes\n", name); exit(1); }
      count += q->n;
      spent = now() - start;
    } while (spent < seconds);
    if (spent / count < best) best = spent / count;
  }
  printf("\"%s\": {\"ns\": %.3f, \"sum\": \"%llx\"}%s", name, best * 1e9, (unsigned long long)sum, end);
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  size_t size;
  requests q[3];
  mem = slurp(argv[1], &size);
  bytes = size;
  base = strtoull(argv[2], NULL, 0);
  for (int i = 0; i < 3; i++) {
    q[i].r = slurp(argv[3 + i], &size);
    q[i].n = size / sizeof(request);
  }
  int rounds = atoi(argv[6]);
  double seconds = atof(argv[7]);
  printf("{");
  measure("hit", run_hit, &q[0], rounds, seconds, ", ");
  measure("walk", run_walk, &q[0], rounds, seconds, ", ");
  measure("walkCached", run_cached, &q[0], rounds, seconds, ", ");
  measure("cold1", run_cold, &q[0], rounds, seconds, ", ");
  measure("cold4096", run_cold, &q[1], rounds, seconds, ", ");
  measure("cold65536", run_cold, &q[2], rounds, seconds, "");
  printf("}\n");
  return 0;
}
