/* Records what an x86-64 processor answers, as vectors for test/unit/softfloat. Needs a processor with FMA and F16C:
 *   gcc -O1 -frounding-math -ffp-contract=off -mfma -mf16c vectors.c -o vectors -lm
 *   ./vectors 20260101 | gzip -9n > vectors.txt.gz
 * One line for each set of operands: name, operands, a colon, then bits (hexadecimal) and flags (decimal, RISC-V's bit
 * order) for RNE, RTZ, RDN and RUP. x86 detects tininess after rounding, as RISC-V does. Where the two differ, RISC-V's
 * rule is applied here: NaN results are canonical, conversions to integers saturate (from rint's result), and
 * infinity × 0 + quiet NaN, which x86 does not flag, is left out. */
#include <fenv.h>
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES 180

static const int modes[4] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

typedef struct { uint64_t bits; unsigned flags; } result;
typedef result (*function)(const uint64_t *operands);

static uint64_t state;

static uint64_t random64(void)
{
    /* splitmix: a Weyl sequence through a finaliser */
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned below(unsigned n) { return (unsigned)(random64() >> 33) % n; }

static float to_f32(uint64_t bits) { uint32_t b = (uint32_t)bits; float f; memcpy(&f, &b, 4); return f; }
static double to_f64(uint64_t bits) { double f; memcpy(&f, &bits, 8); return f; }

static uint64_t from_f32(float f)
{
    uint32_t b;
    memcpy(&b, &f, 4);
    return (b & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : b;
}

static uint64_t from_f64(double f)
{
    uint64_t b;
    memcpy(&b, &f, 8);
    return (b & ~(UINT64_C(1) << 63)) > UINT64_C(0x7ff0000000000000) ? UINT64_C(0x7ff8000000000000) : b;
}

static unsigned flags(void)
{
    int raised = fetestexcept(FE_ALL_EXCEPT);
    return (raised & FE_INEXACT ? 1 : 0) | (raised & FE_UNDERFLOW ? 2 : 0) | (raised & FE_OVERFLOW ? 4 : 0)
        | (raised & FE_DIVBYZERO ? 8 : 0) | (raised & FE_INVALID ? 16 : 0);
}

#define FLOAT(name, type, width, expression)                                                                          \
    static result name(const uint64_t *o)                                                                             \
    {                                                                                                                 \
        volatile type a = to_f##width(o[0]), b = to_f##width(o[1]), c = to_f##width(o[2]);                            \
        volatile type r;                                                                                              \
        (void)b, (void)c;                                                                                             \
        feclearexcept(FE_ALL_EXCEPT);                                                                                 \
        r = expression;                                                                                               \
        unsigned raised = flags();                                                                                    \
        return (result){from_f##width(r), raised};                                                                    \
    }
#define COMPARE(name, type, width, operator)                                                                          \
    static result name(const uint64_t *o)                                                                             \
    {                                                                                                                 \
        volatile type a = to_f##width(o[0]), b = to_f##width(o[1]);                                                   \
        volatile int r;                                                                                               \
        feclearexcept(FE_ALL_EXCEPT);                                                                                 \
        r = a operator b;                                                                                             \
        unsigned raised = flags();                                                                                    \
        return (result){(uint64_t)r, raised};                                                                         \
    }
/* uinteger is the unsigned type of the same width, which keeps the bits from being sign-extended;
 * least and past are the bounds of the integer type: least <= integer < past, both exact in binary32. */
#define TO_INTEGER(name, type, width, rint_function, integer, uinteger, least, past, min, max)                        \
    static result name(const uint64_t *o)                                                                             \
    {                                                                                                                 \
        volatile type a = to_f##width(o[0]);                                                                          \
        volatile type r;                                                                                              \
        feclearexcept(FE_ALL_EXCEPT);                                                                                 \
        r = rint_function(a);                                                                                         \
        unsigned raised = flags();                                                                                    \
        if (isnan(r) || r >= past) return (result){(uinteger)(max), 16};                                              \
        if (r < least) return (result){(uinteger)(min), 16};                                                          \
        return (result){(uinteger)(integer)r, raised};                                                                \
    }
#define FROM_INTEGER(name, type, width, integer)                                                                      \
    static result name(const uint64_t *o)                                                                             \
    {                                                                                                                 \
        volatile integer a = (integer)o[0];                                                                           \
        volatile type r;                                                                                              \
        feclearexcept(FE_ALL_EXCEPT);                                                                                 \
        r = (type)a;                                                                                                  \
        unsigned raised = flags();                                                                                    \
        return (result){from_f##width(r), raised};                                                                    \
    }
#define FORMAT(type, width, letter)                                                                                   \
    FLOAT(f##width##_add, type, width, a + b)                                                                         \
    FLOAT(f##width##_sub, type, width, a - b)                                                                         \
    FLOAT(f##width##_mul, type, width, a * b)                                                                         \
    FLOAT(f##width##_div, type, width, a / b)                                                                         \
    FLOAT(f##width##_sqrt, type, width, sqrt##letter(a))                                                              \
    FLOAT(f##width##_fma, type, width, fma##letter(a, b, c))                                                          \
    COMPARE(f##width##_eq, type, width, ==)                                                                           \
    COMPARE(f##width##_lt, type, width, <)                                                                            \
    COMPARE(f##width##_le, type, width, <=)                                                                           \
    TO_INTEGER(f##width##_i32, type, width, rint##letter, int32_t, uint32_t, -0x1p31f, 0x1p31f, UINT32_C(1) << 31, INT32_MAX)\
    TO_INTEGER(f##width##_u32, type, width, rint##letter, uint32_t, uint32_t, 0, 0x1p32f, 0, UINT32_MAX)              \
    TO_INTEGER(f##width##_i64, type, width, rint##letter, int64_t, uint64_t, -0x1p63f, 0x1p63f, INT64_MIN, INT64_MAX) \
    TO_INTEGER(f##width##_u64, type, width, rint##letter, uint64_t, uint64_t, 0, 0x1p64f, 0, UINT64_MAX)              \
    FROM_INTEGER(i32_f##width, type, width, int32_t)                                                                  \
    FROM_INTEGER(u32_f##width, type, width, uint32_t)                                                                 \
    FROM_INTEGER(i64_f##width, type, width, int64_t)                                                                  \
    FROM_INTEGER(u64_f##width, type, width, uint64_t)

FORMAT(float, 32, f)
FORMAT(double, 64, )

static result f32_f64(const uint64_t *o)
{
    volatile float a = to_f32(o[0]);
    volatile double r;
    feclearexcept(FE_ALL_EXCEPT);
    r = a;
    unsigned raised = flags();
    return (result){from_f64(r), raised};
}

static result f64_f32(const uint64_t *o)
{
    volatile double a = to_f64(o[0]);
    volatile float r;
    feclearexcept(FE_ALL_EXCEPT);
    r = (float)a;
    unsigned raised = flags();
    return (result){from_f32(r), raised};
}

static result f16_f32(const uint64_t *o)
{
    volatile unsigned short a = (unsigned short)o[0];
    volatile float r;
    feclearexcept(FE_ALL_EXCEPT);
    r = _cvtsh_ss(a);
    unsigned raised = flags();
    return (result){from_f32(r), raised};
}

static result f16_f64(const uint64_t *o)
{
    volatile unsigned short a = (unsigned short)o[0];
    volatile double r;
    feclearexcept(FE_ALL_EXCEPT);
    r = _cvtsh_ss(a);
    unsigned raised = flags();
    return (result){from_f64(r), raised};
}

static result f32_f16(const uint64_t *o)
{
    volatile float a = to_f32(o[0]);
    volatile unsigned short r;
    feclearexcept(FE_ALL_EXCEPT);
    r = _cvtss_sh(a, _MM_FROUND_CUR_DIRECTION);
    unsigned raised = flags();
    return (result){(r & 0x7fff) > 0x7c00 ? 0x7e00 : r, raised};
}

static uint64_t assemble(int width, int precision, uint64_t sign, int64_t field, uint64_t fraction)
{
    int64_t top = (INT64_C(1) << (width - precision)) - 1;
    if (field < 0) field = 0;
    if (field > top) field = top;
    return sign << (width - 1) | (uint64_t)field << (precision - 1) | (fraction & ((UINT64_C(1) << (precision - 1)) - 1));
}

/* Around: an exponent field to stay near, or -1. */
static uint64_t random_float(int width, int precision, int64_t around)
{
    int64_t top = (INT64_C(1) << (width - precision)) - 1, bias = top >> 1, field;
    uint64_t fraction = random64();
    if (below(3) == 0) fraction = (UINT64_C(1) << below(precision)) - below(2);
    if (below(6) == 0) fraction = ~fraction;
    switch (below(12)) {
    case 0: field = 0; break;
    case 1: field = top; if (below(2)) fraction = 0; break;
    case 2: field = top - 1; break;
    case 3: field = below(2); fraction = below(2) ? 0 : fraction; break;
    case 4: field = (int64_t)(random64() >> 33) % (top + 1); break;
    case 5: case 6: field = bias + below(70) - 4; break;
    default: field = (around < 0 ? bias : around) + below(2 * precision + 6) - precision - 3; break;
    }
    return assemble(width, precision, random64() >> 63, field, fraction);
}

static uint64_t random_integer(int width)
{
    uint64_t value = random64() >> below(64);
    if (below(4) == 0) value = (UINT64_C(1) << below(64)) + below(3) - 1;
    if (below(2)) value = 0 - value;
    return width == 64 ? value : value & UINT32_MAX;
}

static int is_nan(int width, uint64_t bits) { return width == 32 ? isnan(to_f32(bits)) : isnan(to_f64(bits)); }

static void record(const char *name, function f, int width, int precision, int count)
{
    int64_t bias = width ? ((INT64_C(1) << (width - precision)) - 1) >> 1 : 0;
    for (int i = 0; i < CASES; i++) {
        uint64_t o[3] = {0, 0, 0};
        if (precision == 0) {
            o[0] = random_integer(width);
        } else {
            int64_t mask = 2 * bias + 1, e0, e1;
            o[0] = random_float(width, precision, -1);
            e0 = (int64_t)(o[0] >> (precision - 1)) & mask;
            /* Near the same exponent (sums), near the least normal (products) or far from both. */
            o[1] = random_float(width, precision, below(3) ? e0 : below(2) ? bias + 1 - e0 : -1);
            e1 = (int64_t)(o[1] >> (precision - 1)) & mask;
            o[2] = random_float(width, precision, e0 + e1 - bias);
        }
        if (count == 3 && is_nan(width, o[2])) {
            int zero = (o[0] << (65 - width) == 0) || (o[1] << (65 - width) == 0);
            if (zero) { i--; continue; }
        }
        printf("%s", name);
        for (int j = 0; j < count; j++) printf(" %llx", (unsigned long long)o[j]);
        printf(" :");
        for (int m = 0; m < 4; m++) {
            fesetround(modes[m]);
            result r = f(o);
            fesetround(FE_TONEAREST);
            printf(" %llx %u", (unsigned long long)r.bits, r.flags);
        }
        printf("\n");
    }
}

#define RECORD_FORMAT(width, precision, upper)                                                                        \
    record("f" #width "Add", f##width##_add, width, precision, 2);                                                    \
    record("f" #width "Sub", f##width##_sub, width, precision, 2);                                                    \
    record("f" #width "Mul", f##width##_mul, width, precision, 2);                                                    \
    record("f" #width "Div", f##width##_div, width, precision, 2);                                                    \
    record("f" #width "Sqrt", f##width##_sqrt, width, precision, 1);                                                  \
    record("f" #width "Fma", f##width##_fma, width, precision, 3);                                                    \
    record("f" #width "Eq", f##width##_eq, width, precision, 2);                                                      \
    record("f" #width "Lt", f##width##_lt, width, precision, 2);                                                      \
    record("f" #width "Le", f##width##_le, width, precision, 2);                                                      \
    record("f" #width "ToI32", f##width##_i32, width, precision, 1);                                                  \
    record("f" #width "ToU32", f##width##_u32, width, precision, 1);                                                  \
    record("f" #width "ToI64", f##width##_i64, width, precision, 1);                                                  \
    record("f" #width "ToU64", f##width##_u64, width, precision, 1);                                                  \
    record("i32To" upper, i32_f##width, 32, 0, 1);                                                                    \
    record("u32To" upper, u32_f##width, 32, 0, 1);                                                                    \
    record("i64To" upper, i64_f##width, 64, 0, 1);                                                                    \
    record("u64To" upper, u64_f##width, 64, 0, 1);

int main(int argc, char **argv)
{
    state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    RECORD_FORMAT(32, 24, "F32")
    RECORD_FORMAT(64, 53, "F64")
    record("f32ToF64", f32_f64, 32, 24, 1);
    record("f64ToF32", f64_f32, 64, 53, 1);
    record("f16ToF32", f16_f32, 16, 11, 1);
    record("f16ToF64", f16_f64, 16, 11, 1);
    record("f32ToF16", f32_f16, 32, 24, 1);
    return 0;
}
