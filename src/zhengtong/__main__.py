from zhengtong.config.cli import main

if __name__ == "__main__":
    main(prog_name="zt")
