// Structures for the tests of debug information: what compilers write about each is in *.elf.gz beside this file (make.sh).
enum Colour { RED, GREEN = 5, BLUE };
enum Flags { READ = 1, WRITE = 2, EXECUTE = 4 };
enum Order { LESS = -1, SAME, MORE };
typedef unsigned char u8;
typedef struct { short x, y; } Point;

union Both {
  unsigned int word;
  float number;
  u8 bytes[4];
};

struct Bits {
  unsigned int a : 3;
  unsigned int b : 7;
  signed int c : 5;
  unsigned long long d : 40;
  _Bool e : 1;
};

struct Node {
  struct Node *next;
  char name[8];
  enum Colour colour;
  enum Flags flags;
  enum Order order;
  union Both both;
  struct {
    Point at;
    const u8 shade;
  };
  int grid[2][3];
  struct Bits bits;
  int (*call)(int);
  double ratio;
  _Bool yes;
  void *any;
};

struct Open {
  int count;
  short items[];
};

int call_me(int n) {
  static int calls = 7;
  calls += n;
  return calls;
}

struct Node second = {.name = "12345678", .colour = 3, .flags = 8, .order = MORE};
struct Node first = {
    .next = &second,
    .name = "one",
    .colour = GREEN,
    .flags = READ | EXECUTE,
    .order = LESS,
    .both = {.word = 0x3fc00000},
    .at = {-2, 300},
    .shade = 200,
    .grid = {{1, 2, 3}, {-4, -5, -6}},
    .bits = {5, 100, -9, 0xabcdef1234, 1},
    .call = call_me,
    .ratio = -0.125,
    .yes = 1,
};
volatile struct Open list = {2, {10, 20}};
long many[250] = {[249] = 42};
