// Compiled (to assembly only) inside the configured kernel tree: the compiler writes down the layout that the kernel really has.
// Each line that begins with "->" becomes an entry of offsets.json; see offsets.mjs.
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/kbuild.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/mmu_context.h>
#include <linux/tty.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/ptrace.h>
#include <asm/thread_info.h>
#include "../fs/mount.h"
#include "printk/printk_ringbuffer.h"
#include "sched/sched.h"

#define STRUCT(type) asm volatile("\n.ascii \"->struct " #type " %0\"" : : "i"(sizeof(struct type)))
#define FIELD(type, member)                                                                          \
  asm volatile("\n.ascii \"->field " #type " " #member " %0 %1\""                                     \
               : : "i"(offsetof(struct type, member)), "i"(sizeof(((struct type *)0)->member)))
#define CONSTANT(name) asm volatile("\n.ascii \"->constant " #name " %0\"" : : "i"((unsigned long)(name)))

void vitrine_offsets(void);
void vitrine_offsets(void) {
  STRUCT(list_head);
  FIELD(list_head, next);
  FIELD(list_head, prev);

  STRUCT(task_struct);
  FIELD(task_struct, thread_info);
  FIELD(task_struct, __state);
  FIELD(task_struct, stack);
  FIELD(task_struct, flags);
  FIELD(task_struct, on_cpu);
  FIELD(task_struct, on_rq);
  FIELD(task_struct, prio);
  FIELD(task_struct, static_prio);
  FIELD(task_struct, policy);
  FIELD(task_struct, se);
  FIELD(task_struct, tasks);
  FIELD(task_struct, mm);
  FIELD(task_struct, active_mm);
  FIELD(task_struct, exit_state);
  FIELD(task_struct, exit_code);
  FIELD(task_struct, pid);
  FIELD(task_struct, tgid);
  FIELD(task_struct, real_parent);
  FIELD(task_struct, parent);
  FIELD(task_struct, children);
  FIELD(task_struct, sibling);
  FIELD(task_struct, group_leader);
  FIELD(task_struct, thread_node);
  FIELD(task_struct, utime);
  FIELD(task_struct, stime);
  FIELD(task_struct, nvcsw);
  FIELD(task_struct, nivcsw);
  FIELD(task_struct, start_time);
  FIELD(task_struct, cred);
  FIELD(task_struct, comm);
  FIELD(task_struct, fs);
  FIELD(task_struct, files);
  FIELD(task_struct, signal);
  FIELD(task_struct, thread);

  STRUCT(sched_entity);
  FIELD(sched_entity, vruntime);
  FIELD(sched_entity, sum_exec_runtime);

  STRUCT(thread_info);
  FIELD(thread_info, flags);
  FIELD(thread_info, preempt_count);
  FIELD(thread_info, kernel_sp);
  FIELD(thread_info, user_sp);
  FIELD(thread_info, cpu);

  STRUCT(thread_struct);
  FIELD(thread_struct, ra);
  FIELD(thread_struct, sp);
  FIELD(thread_struct, s);
  FIELD(thread_struct, fstate);
  FIELD(thread_struct, bad_cause);

  STRUCT(pt_regs);
  FIELD(pt_regs, epc);
  FIELD(pt_regs, ra);
  FIELD(pt_regs, sp);
  FIELD(pt_regs, gp);
  FIELD(pt_regs, tp);
  FIELD(pt_regs, t0);
  FIELD(pt_regs, t1);
  FIELD(pt_regs, t2);
  FIELD(pt_regs, s0);
  FIELD(pt_regs, s1);
  FIELD(pt_regs, a0);
  FIELD(pt_regs, a1);
  FIELD(pt_regs, a2);
  FIELD(pt_regs, a3);
  FIELD(pt_regs, a4);
  FIELD(pt_regs, a5);
  FIELD(pt_regs, a6);
  FIELD(pt_regs, a7);
  FIELD(pt_regs, s2);
  FIELD(pt_regs, s3);
  FIELD(pt_regs, s4);
  FIELD(pt_regs, s5);
  FIELD(pt_regs, s6);
  FIELD(pt_regs, s7);
  FIELD(pt_regs, s8);
  FIELD(pt_regs, s9);
  FIELD(pt_regs, s10);
  FIELD(pt_regs, s11);
  FIELD(pt_regs, t3);
  FIELD(pt_regs, t4);
  FIELD(pt_regs, t5);
  FIELD(pt_regs, t6);
  FIELD(pt_regs, status);
  FIELD(pt_regs, badaddr);
  FIELD(pt_regs, cause);
  FIELD(pt_regs, orig_a0);

  STRUCT(signal_struct);
  FIELD(signal_struct, nr_threads);
  FIELD(signal_struct, thread_head);
  FIELD(signal_struct, tty);
  STRUCT(tty_struct);
  FIELD(tty_struct, name);
  STRUCT(cred);
  FIELD(cred, uid);
  FIELD(cred, gid);
  FIELD(cred, euid);

  STRUCT(mm_struct);
  FIELD(mm_struct, mm_count);
  FIELD(mm_struct, mm_users);
  FIELD(mm_struct, mm_mt);
  FIELD(mm_struct, mmap_base);
  FIELD(mm_struct, task_size);
  FIELD(mm_struct, pgd);
  FIELD(mm_struct, map_count);
  FIELD(mm_struct, total_vm);
  FIELD(mm_struct, start_code);
  FIELD(mm_struct, end_code);
  FIELD(mm_struct, start_data);
  FIELD(mm_struct, end_data);
  FIELD(mm_struct, start_brk);
  FIELD(mm_struct, brk);
  FIELD(mm_struct, start_stack);
  FIELD(mm_struct, arg_start);
  FIELD(mm_struct, arg_end);
  FIELD(mm_struct, env_start);
  FIELD(mm_struct, env_end);
  FIELD(mm_struct, exe_file);
  FIELD(mm_struct, context);
  FIELD(mm_struct, context.id);
  FIELD(mm_struct, context.vdso);
  FIELD(mm_struct, rss_stat);

  STRUCT(vm_area_struct);
  FIELD(vm_area_struct, vm_start);
  FIELD(vm_area_struct, vm_end);
  FIELD(vm_area_struct, vm_mm);
  FIELD(vm_area_struct, vm_page_prot);
  FIELD(vm_area_struct, vm_flags);
  FIELD(vm_area_struct, vm_ops);
  FIELD(vm_area_struct, vm_pgoff);
  FIELD(vm_area_struct, vm_file);
  FIELD(vm_area_struct, vm_private_data);

  STRUCT(maple_tree);
  FIELD(maple_tree, ma_flags);
  FIELD(maple_tree, ma_root);
  STRUCT(maple_node);
  FIELD(maple_node, parent);
  FIELD(maple_node, slot);
  STRUCT(maple_range_64);
  FIELD(maple_range_64, pivot);
  FIELD(maple_range_64, slot);
  FIELD(maple_range_64, meta);
  STRUCT(maple_arange_64);
  FIELD(maple_arange_64, pivot);
  FIELD(maple_arange_64, slot);
  FIELD(maple_arange_64, gap);
  FIELD(maple_arange_64, meta);
  STRUCT(maple_metadata);
  FIELD(maple_metadata, end);
  FIELD(maple_metadata, gap);

  STRUCT(files_struct);
  FIELD(files_struct, fdt);
  STRUCT(fdtable);
  FIELD(fdtable, max_fds);
  FIELD(fdtable, fd);
  FIELD(fdtable, open_fds);
  STRUCT(file);
  FIELD(file, f_mode);
  FIELD(file, f_flags);
  FIELD(file, f_inode);
  FIELD(file, f_path);
  FIELD(file, f_pos);
  STRUCT(path);
  FIELD(path, mnt);
  FIELD(path, dentry);
  STRUCT(dentry);
  FIELD(dentry, d_parent);
  FIELD(dentry, d_name);
  FIELD(dentry, d_inode);
  FIELD(dentry, d_iname);
  STRUCT(qstr);
  FIELD(qstr, len);
  FIELD(qstr, name);
  STRUCT(inode);
  FIELD(inode, i_mode);
  FIELD(inode, i_ino);
  FIELD(inode, i_rdev);
  FIELD(inode, i_size);
  FIELD(inode, i_sb);
  STRUCT(super_block);
  FIELD(super_block, s_dev);
  FIELD(super_block, s_type);
  FIELD(super_block, s_id);
  STRUCT(file_system_type);
  FIELD(file_system_type, name);
  STRUCT(mount);
  FIELD(mount, mnt_parent);
  FIELD(mount, mnt_mountpoint);
  FIELD(mount, mnt);
  STRUCT(vfsmount);
  FIELD(vfsmount, mnt_root);

  STRUCT(rq);
  FIELD(rq, nr_running);
  FIELD(rq, curr);
  FIELD(rq, idle);

  STRUCT(kernel_mapping);
  FIELD(kernel_mapping, page_offset);
  FIELD(kernel_mapping, virt_addr);
  FIELD(kernel_mapping, phys_addr);
  FIELD(kernel_mapping, size);
  FIELD(kernel_mapping, va_pa_offset);
  FIELD(kernel_mapping, va_kernel_pa_offset);

  STRUCT(printk_ringbuffer);
  FIELD(printk_ringbuffer, desc_ring);
  FIELD(printk_ringbuffer, text_data_ring);
  STRUCT(prb_desc_ring);
  FIELD(prb_desc_ring, count_bits);
  FIELD(prb_desc_ring, descs);
  FIELD(prb_desc_ring, infos);
  FIELD(prb_desc_ring, head_id);
  FIELD(prb_desc_ring, tail_id);
  STRUCT(prb_desc);
  FIELD(prb_desc, state_var);
  FIELD(prb_desc, text_blk_lpos);
  STRUCT(prb_data_blk_lpos);
  FIELD(prb_data_blk_lpos, begin);
  FIELD(prb_data_blk_lpos, next);
  STRUCT(prb_data_ring);
  FIELD(prb_data_ring, size_bits);
  FIELD(prb_data_ring, data);
  STRUCT(printk_info);
  FIELD(printk_info, seq);
  FIELD(printk_info, ts_nsec);
  FIELD(printk_info, text_len);

  CONSTANT(PAGE_SIZE);
  CONSTANT(THREAD_SIZE);
  CONSTANT(HZ);
  CONSTANT(NR_CPUS);
  CONSTANT(TASK_COMM_LEN);
  CONSTANT(TASK_RUNNING);
  CONSTANT(TASK_INTERRUPTIBLE);
  CONSTANT(TASK_UNINTERRUPTIBLE);
  CONSTANT(__TASK_STOPPED);
  CONSTANT(__TASK_TRACED);
  CONSTANT(TASK_DEAD);
  CONSTANT(TASK_WAKEKILL);
  CONSTANT(TASK_NOLOAD);
  CONSTANT(TASK_NEW);
  CONSTANT(EXIT_DEAD);
  CONSTANT(EXIT_ZOMBIE);
  CONSTANT(PF_IDLE);
  CONSTANT(PF_KTHREAD);
  CONSTANT(VM_READ);
  CONSTANT(VM_WRITE);
  CONSTANT(VM_EXEC);
  CONSTANT(VM_SHARED);
  CONSTANT(VM_GROWSDOWN);
  CONSTANT(MAPLE_NODE_SLOTS);
  CONSTANT(MAPLE_RANGE64_SLOTS);
  CONSTANT(MAPLE_ARANGE64_SLOTS);
  CONSTANT(maple_dense);
  CONSTANT(maple_leaf_64);
  CONSTANT(maple_range_64);
  CONSTANT(maple_arange_64);
  CONSTANT(MM_FILEPAGES);
  CONSTANT(MM_ANONPAGES);
}
