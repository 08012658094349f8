// Harness of the privileged test programs: runs probes in a privilege mode and prints one numbered line for each check.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long i64;

enum { U = 0, S = 1, M = 3 };

// mstatus fields (privileged specification, section "Machine Status").
#define MSTATUS_SIE (1ul << 1)
#define MSTATUS_MIE (1ul << 3)
#define MSTATUS_SPIE (1ul << 5)
#define MSTATUS_MPIE (1ul << 7)
#define MSTATUS_SPP (1ul << 8)
#define MSTATUS_MPP (3ul << 11)
#define MSTATUS_FS (3ul << 13)
#define MSTATUS_MPRV (1ul << 17)
#define MSTATUS_SUM (1ul << 18)
#define MSTATUS_MXR (1ul << 19)
#define MSTATUS_TVM (1ul << 20)
#define MSTATUS_TW (1ul << 21)
#define MSTATUS_TSR (1ul << 22)
#define MPP(mode) ((u64)(mode) << 11)

#define MENVCFG_CBIE(x) ((u64)(x) << 4)
#define MENVCFG_CBCFE (1ul << 6)
#define MENVCFG_CBZE (1ul << 7)
#define MENVCFG_ADUE (1ul << 61)
#define MENVCFG_PBMTE (1ul << 62)
#define MENVCFG_STCE (1ul << 63)

// Interrupt bits of mip and mie.
#define SSI (1ul << 1)
#define MSI (1ul << 3)
#define STI (1ul << 5)
#define MTI (1ul << 7)
#define SEI (1ul << 9)
#define MEI (1ul << 11)

// Page table entry bits.
#define PTE_V 1ul
#define PTE_R 2ul
#define PTE_W 4ul
#define PTE_X 8ul
#define PTE_U 16ul
#define PTE_G 32ul
#define PTE_A 64ul
#define PTE_D 128ul
#define PTE_RWX (PTE_R | PTE_W | PTE_X)
#define PTE_AD (PTE_A | PTE_D)
#define PTE_PBMT(x) ((u64)(x) << 61)
#define PTE_N (1ul << 63)
#define PPN(pa) (((u64)(pa) >> 12) << 10)

// Guest physical layout: fixed, so that recorded addresses do not depend on the compiler.
#define RAM 0x80000000ul
#define RAM_SIZE (64ul << 20)
#define CODE 0x80100000ul    // instructions written at run time
#define TABLES 0x80200000ul  // page tables
#define DATA 0x80400000ul    // data pages of the checks
#define U_ALIAS 0x100000000ul // with paging on, U finds RAM at this distance above its physical address

#define UART 0x10000000ul
#define CLINT 0x02000000ul
#define PLIC 0x0c000000ul
#define MSIP (*(volatile u32 *)CLINT)
#define MTIMECMP (*(volatile u64 *)(CLINT + 0x4000))
#define MTIME (*(volatile u64 *)(CLINT + 0xbff8))

#define csr_read(csr) ({ u64 v_; asm volatile("csrr %0, " #csr : "=r"(v_) :: "memory"); v_; })
#define csr_write(csr, value) ({ u64 v_ = (u64)(value); asm volatile("csrw " #csr ", %0" :: "r"(v_) : "memory"); })
#define csr_set(csr, value) ({ u64 v_ = (u64)(value); asm volatile("csrs " #csr ", %0" :: "r"(v_) : "memory"); })
#define csr_clear(csr, value) ({ u64 v_ = (u64)(value); asm volatile("csrc " #csr ", %0" :: "r"(v_) : "memory"); })
#define fence_i() asm volatile("fence.i" ::: "memory")
#define sfence() asm volatile("sfence.vma" ::: "memory")
#define mem8(address) (*(volatile u8 *)(address))
#define mem16(address) (*(volatile u16 *)(address))
#define mem32(address) (*(volatile u32 *)(address))
#define mem64(address) (*(volatile u64 *)(address))

// PROBE(name, "instructions"): a leaf function of uncompressed instructions; arguments in a0 to a2, result in a0.
#define PROBE(name, body)                                                                                        \
  extern char name[];                                                                                            \
  asm(".pushsection .probe,\"ax\",@progbits\n.option push\n.option norvc\n.balign 4\n.globl " #name "\n" #name ":\n" \
      body "\nret\n.option pop\n.popsection")

// What a trap handler saw; start.S knows the order.
struct trap {
  u64 vector, cause, epc, tval, status, a0, a1, a7, valid;
};

struct outcome {
  int trapped;   // 0: the probe returned `value`
  int handler;   // M or S: the mode whose handler was reached
  u64 value;     // a0 when the probe returned, or at the trap
  u64 second;    // a1, likewise
  u64 function;  // address at which the probe was entered
  struct trap trap;
};

extern struct trap trap_m, trap_s;
extern u32 direct;
extern u64 probe_status;  // bits for the next probes: SUM, MXR, TVM, MPRV, ...; for M also MPP
extern u64 u_delta;       // distance of U-mode's view of the probes: 0 or U_ALIAS
extern struct outcome last;
extern char m_trap[], s_trap[], m_vector[], s_vector[], leave[], leave_ecall[];

void machine_exit(int code);
void enter(u64 function, u64 status, u64 a0, u64 a1, u64 a2, u64 return_address);

// Runs the probe in the mode, leaves the result in `last`.
struct outcome *run(int mode, const void *function, u64 a0, u64 a1, u64 a2);

void print(const char *format, ...);  // %s %d %x (0x...) %c %M (mode letter)
void section(const char *title);
void begin(const char *format, ...);  // "[NN] description: "
void outcome_line(void);              // prints `last` and ends the line
void trap_only(void);                 // the same without epc and tval

// begin + run + outcome_line.
#define CHECK(mode, function, a0, a1, a2, ...) \
  do {                                         \
    begin(__VA_ARGS__);                        \
    run(mode, function, a0, a1, a2);           \
    outcome_line();                            \
  } while (0)
// A check of a value: prints it.
#define SHOW(value, ...)         \
  do {                           \
    u64 shown_ = (u64)(value);   \
    begin(__VA_ARGS__);          \
    print("%x\n", shown_);       \
  } while (0)
// A check that holds or does not.
#define REQUIRE(condition, ...)                    \
  do {                                             \
    int holds_ = (condition) != 0;                 \
    begin(__VA_ARGS__);                            \
    print(holds_ ? "yes\n" : "NO\n");              \
  } while (0)

// Page tables. `levels` is 3 (Sv39), 4 (Sv48) or 5 (Sv57).
extern u64 root;
extern int levels;
void tables_reset(int levels_);                    // empties them and maps RAM for S, and for U at U_ALIAS, A and D set
u64 *pte_of(u64 va, int level);                    // the entry for va at this level (0 = 4 KiB), making what lies above
void map(u64 va, u64 pa, u64 flags);               // a 4 KiB page
u64 satp_value(void);
void paging_on(void);                              // satp and sfence.vma; probes in U run in the alias
void paging_off(void);

// Probes of harness.c: a0 is the address, a1 the value to store; jump calls the address.
extern char load8[], load16[], load32[], load64[], store8[], store16[], store32[], store64[], jump[], nothing[];
