// A bytecode interpreter: an indirect jump for each of its instructions.
#include "suite.h"

enum { PUSH, ADD, MUL, XOR, DUP, SWAP, DROP, DEC, JNZ, END };

static const u8 program[] = {PUSH, 1, PUSH, 200, DUP, SWAP, DROP, SWAP, PUSH, 7, MUL, PUSH, 13, ADD,
                             DUP, PUSH, 85, XOR, SWAP, DROP, SWAP, DEC, JNZ, 4, DROP, END};

u64 bytecode(u64 repetition) {
  u64 stack[16], result = 0;
  for (int round = 0; round < 200; round++) {
    int sp = 0;
    u32 pc = 0;
    stack[sp++] = repetition;
    for (;;) {
      switch (program[pc++]) {
        case PUSH: stack[sp++] = program[pc++]; continue;
        case ADD: sp--; stack[sp - 1] += stack[sp]; continue;
        case MUL: sp--; stack[sp - 1] *= stack[sp]; continue;
        case XOR: sp--; stack[sp - 1] ^= stack[sp]; continue;
        case DUP: stack[sp] = stack[sp - 1]; sp++; continue;
        case SWAP: { u64 t = stack[sp - 1]; stack[sp - 1] = stack[sp - 2]; stack[sp - 2] = t; continue; }
        case DROP: sp--; continue;
        case DEC: stack[sp - 1]--; continue;
        case JNZ: if (stack[sp - 1]) pc = program[pc]; else pc++; continue;
        default: break;
      }
      break;
    }
    result += stack[1];
  }
  return result;
}
